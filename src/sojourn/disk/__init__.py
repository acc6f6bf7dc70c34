"""Files on disk: locked by one writer, put in place whole, synced, and known by their digests."""
