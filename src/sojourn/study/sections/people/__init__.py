"""The `populations` section: who is there at the start, and who is admitted."""
