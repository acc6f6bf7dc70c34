"""The uncertain numbers of a study in Python, and which of them matters to a run."""
