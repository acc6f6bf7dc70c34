"""A study's history listed and checked, and its uncertain numbers fitted to it."""
