"""The step that puts a promoted model where it is served from."""
