"""The agreements and example studies that ship, and how an agreement is shown."""
