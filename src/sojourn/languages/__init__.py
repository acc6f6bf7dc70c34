"""Languages of the texts for readers: catalogues, and the language of the moment."""
