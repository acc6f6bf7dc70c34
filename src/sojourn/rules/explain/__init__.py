"""Why a case comes out as it does, and the fewest changes that would alter it."""
