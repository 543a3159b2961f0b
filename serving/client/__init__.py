"""Asks a served model: a person from a command line, by what its signature says, or a program of ours."""
