"""Publishing to Kubernetes: apply, wait for the truth, ask the new version, or put back what served."""
