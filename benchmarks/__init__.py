"""Measures the parts of this repository beside the stock parts that they stand in for, in one run."""
