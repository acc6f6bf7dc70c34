"""People who cannot meet a queue, simulated once for all scenarios that treat them alike."""
