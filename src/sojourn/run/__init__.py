"""A study checked before it runs, and run: from its folder to the finished run folder."""
