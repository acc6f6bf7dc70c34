"""The report of a run folder, its fiscal note and summaries, in every format."""
