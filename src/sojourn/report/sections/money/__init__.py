"""Who pays whom, in which costing and prices."""
