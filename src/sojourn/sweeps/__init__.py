"""Sweeps: one study under many settings, in pieces that any machine can compute."""
