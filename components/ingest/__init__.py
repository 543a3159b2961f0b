"""The step that turns the packaged tables into typed ones, as they are known at an instant."""
