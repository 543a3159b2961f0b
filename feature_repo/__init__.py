"""The domain: what a flight looks like to a model. A team with another problem replaces this package."""
