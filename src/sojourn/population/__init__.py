"""People grouped into cells that are alike in every attribute that matters."""
