"""How far the numbers can be trusted: their error, and what they were tested against."""
