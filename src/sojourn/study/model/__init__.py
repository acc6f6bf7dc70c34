"""The study as typed, frozen values, on which all other rooms rely.

Nothing here reads files or parses words; `sojourn.study.load` does, and hands over these.
"""
