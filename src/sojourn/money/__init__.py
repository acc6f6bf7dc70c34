"""Bills: who pays whom how much, computed from result tables alone."""
