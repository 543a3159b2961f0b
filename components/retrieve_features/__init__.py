"""The step that joins requests with features, point in time, and splits them by time."""
