"""Models of other tools, written as studies."""
