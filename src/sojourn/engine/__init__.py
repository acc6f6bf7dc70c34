"""The engine: a compiled program of arrays, its kernel, and the readable twin of the kernel."""
