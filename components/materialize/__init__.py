"""The step that fills the online store with what is known at an instant."""
