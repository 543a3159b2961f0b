"""The step that fits the detectors of a trained network and measures what they find."""
