"""The sections of a study file, one reader each."""
