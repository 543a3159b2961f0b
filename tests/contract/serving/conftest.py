"""The three nodes as processes: under our server, and under the stock wrapper."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from serving.local.ports import free_ports
from tests.examples.serving.metrics_in_memory import pytest_collection_finish  # noqa: F401 - a hook
from tests.examples.serving.node_processes import CLASSES, NodeProcess, own, stock
from tests.examples.serving.served_model import ServedModel, write_served_model

MAXIMUM_ROWS = 50
MAXIMUM_BYTES = 100_000


@pytest.fixture(scope="session")
def served_model(tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    return write_served_model(tmp_path_factory.mktemp("served"))


def ports_by_node() -> dict[str, list[int]]:
    """Three for each, drawn together: those drawn one after another, before any listens, may be the same."""
    drawn = iter(free_ports(3 * len(CLASSES)))
    return {name: [next(drawn) for _ in range(3)] for name in CLASSES}


@pytest.fixture(scope="session")
def nodes(
    served_model: ServedModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, NodeProcess]]:
    """Our nodes, by name."""
    environment = served_model.environment(maximum_rows=MAXIMUM_ROWS, maximum_bytes=MAXIMUM_BYTES)
    directory = tmp_path_factory.mktemp("nodes")
    with ExitStack() as stack:
        started = {
            name: stack.enter_context(own(name, environment, directory, ports))
            for name, ports in ports_by_node().items()
        }
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
        started = {
            name: stack.enter_context(stock(name, environment, directory, ports))
            for name, ports in ports_by_node().items()
        }
        for node in started.values():
            node.wait_until_ready()
        yield started
