"""From a model and settings to the SeldonDeployment that serves it: pure functions that return data."""
