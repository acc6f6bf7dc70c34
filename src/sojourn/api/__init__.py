"""The Python API: studies, runs and agreements, built on the rooms below.

`sojourn` itself exports these names; the command line uses nothing else.
"""
