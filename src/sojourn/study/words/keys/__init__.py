"""Every key that an analyst may write, by shape: the loader and the JSON Schema both read this."""
