"""From a scenario of a study to the arrays of a program."""
