"""Prometheus' client keeps what it counts in memory, as in production, in the tests and in what they start.

Once Feast is imported, two variables have the client keep it in files that processes share.
"""

import os

import prometheus_client  # noqa: F401 - before Feast: it looks for them when it is imported

from benchmarks.processes import METRICS_IN_FILES


def pytest_collection_finish() -> None:
    """Take them away from what the tests will start, once everything that they need has been imported."""
    for name in METRICS_IN_FILES:
        os.environ.pop(name, None)
