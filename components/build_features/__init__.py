"""The step that builds an immutable set of feature tables."""
