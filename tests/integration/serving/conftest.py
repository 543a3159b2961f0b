"""What every integration test of what serves stands on."""

from tests.examples.serving.metrics_in_memory import pytest_collection_finish  # noqa: F401 - a hook
