"""Result tables: what they hold, how they are made, and what is computed from them."""
