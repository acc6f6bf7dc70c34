"""What a condition means: the reference in plain Python, and the same in NumPy, SQL and Z3."""
