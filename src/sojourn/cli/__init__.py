"""The command line: read the arguments, do the work, print the answer."""
