"""The study: its typed model, and how it is read from files and checked."""
