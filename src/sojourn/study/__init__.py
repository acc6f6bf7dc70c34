"""The study: read from its files with positions, typed, checked."""
