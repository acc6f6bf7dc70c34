"""Places and the people who wait for them."""
