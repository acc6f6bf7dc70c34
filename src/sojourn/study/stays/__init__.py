"""How a study describes lengths of stay: by family, by points, from files, by facts."""
