"""Submits compiled pipelines to Kubeflow Pipelines, and tells what becomes of them."""
