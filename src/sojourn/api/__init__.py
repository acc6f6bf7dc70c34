"""The front door: studies, runs and agreements for Python, in terms of the rooms below.

`sojourn` itself hands out these names; the command line is written on them alone.
"""
