"""How the exported network names what it takes and gives; without torch, for those that only run it."""

INPUT = "features"
OUTPUT = "probability"
