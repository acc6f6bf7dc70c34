"""Report: one self-contained page, a summary for the terminal, and one for machines.

Everything here reads a finished run folder and nothing else.
"""
