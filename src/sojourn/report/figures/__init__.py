"""What a page is built from: tables, charts and drawings."""
