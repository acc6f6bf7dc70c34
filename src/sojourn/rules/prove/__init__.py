"""What holds for every possible case, proven by Z3, and two drafts compared."""
