"""The report of a run folder: an HTML page, and summaries for terminal and programs."""
