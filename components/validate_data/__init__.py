"""The step that checks the typed tables and reports on them."""
