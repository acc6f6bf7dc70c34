"""A cohort of real cases screened by an agreement's rules, and what of it may be published."""
