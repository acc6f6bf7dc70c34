"""The folder of a finished run: written, resumed, read, queried and exported."""
