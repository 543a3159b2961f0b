"""The three nodes as processes: under our server, and under the stock wrapper."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.examples.serving.node_processes import CLASSES, NodeProcess, own, stock
from tests.examples.serving.served_model import ServedModel, write_served_model

MAXIMUM_ROWS = 50
MAXIMUM_BYTES = 100_000


@pytest.fixture(scope="session")
def served_model(tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    return write_served_model(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="session")
def nodes(
    served_model: ServedModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, NodeProcess]]:
    """Our nodes, by name."""
    environment = served_model.environment(maximum_rows=MAXIMUM_ROWS, maximum_bytes=MAXIMUM_BYTES)
    directory = tmp_path_factory.mktemp("nodes")
    with ExitStack() as stack:
        started = {name: stack.enter_context(own(name, environment, directory)) for name in CLASSES}
        for node in started.values():
            node.wait_until_ready()
        yield started


@pytest.fixture(scope="session")
def stock_nodes(
    served_model: ServedModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, NodeProcess]]:
    """The same classes under the stock wrapper, by name."""
    directory = tmp_path_factory.mktemp("stock")
    environment = served_model.environment(maximum_rows=MAXIMUM_ROWS)
    with ExitStack() as stack:
        started = {name: stack.enter_context(stock(name, environment, directory)) for name in CLASSES}
        for node in started.values():
            node.wait_until_ready()
        yield started
