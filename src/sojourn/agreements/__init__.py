"""The agreements that ship, and what is made of agreement files: cases, prices, pages."""
