"""The engine: a study as arrays, simulated or solved exactly; `twin` is its readable meaning."""
