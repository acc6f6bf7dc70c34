"""What the numbers rest on: inputs, which of them matters, methods and sources."""
