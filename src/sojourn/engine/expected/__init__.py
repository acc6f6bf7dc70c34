"""The expected solver: exact means and variances without simulation."""
