"""The step that measures a trained model, decides whether it may be published, and shows why."""
