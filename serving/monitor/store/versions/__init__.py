"""The migrations, in order; each only adds (see `schema.py`)."""
