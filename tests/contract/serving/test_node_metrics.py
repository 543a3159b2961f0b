"""A node keeps its metrics in memory, though Feast asks Prometheus' client for files that processes share."""

from pathlib import Path

import pytest

from tests.examples.serving.node_processes import CLASSES, NodeProcess


@pytest.mark.parametrize("name", CLASSES)
def test_no_file_holds_the_metrics_of_a_node(nodes: dict[str, NodeProcess], name: str) -> None:
    assert nodes[name].post({}).status == 400
    assert 'code="400"' in nodes[name].metrics()
    assert "feast_metrics" not in Path(f"/proc/{nodes[name].process.pid}/maps").read_text()
