"""Who the people are, and where: by month, year and group, moving, eligible."""
