"""The compiled simulation of one history, day by day."""
