"""One document, made of blocks, as an HTML, PDF, Word or Excel file."""
