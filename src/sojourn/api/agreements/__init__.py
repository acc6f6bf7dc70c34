"""Agreements in Python: what one says of a case, of all cases, of two drafts and of a cohort."""
