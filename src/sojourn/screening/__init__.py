"""A cohort of real cases screened by an agreement's rules, with counts fit for publication."""
