"""Asks a served model for a prediction from a command line; what it asks for is read from the signature."""
