"""Runs a compiled pipeline on this machine, each step in the environment that its image names."""
