"""The agreements and example studies that ship with Sojourn, and how an agreement is shown."""
