"""What a pipeline does: one directory a step, the KFP component beside the logic that it calls."""
