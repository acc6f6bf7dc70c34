"""People alike in every attribute that matters: cells, and the streams that fill them."""
