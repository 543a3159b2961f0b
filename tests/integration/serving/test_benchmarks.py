"""The benchmark of serving, very small, on the example's model: it measures every line of its tables."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.mlserver_peer import is_installed
from benchmarks.postgresql import BINARIES
from tests.examples.serving.published_example import publish_example

ROOT = Path(__file__).parents[3]
SMALL = ("--rounds", "1", "--seconds", "0.1", "--outage", "1")
CASES = [(transport, rows) for transport in ("REST", "gRPC") for rows in (1, 100)]
GRAPH = ("this graph, chained", "features, model", "Feast's server, stock wrapper")
MODEL = ("node server", "stock wrapper", *(["MLServer"] if is_installed() else []))


@dataclass(frozen=True)
class Benchmark:
    """What it printed and what it wrote."""

    printed: str
    document: dict[str, Any]


def run(directory: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run it on what is published in a directory, without an executor."""
    variables = {
        "ONTIME_PUBLISH_URI": str(directory / "published"),
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "200",
    }
    inherited = {name: value for name, value in os.environ.items() if name != "ONTIME_SELDON_EXECUTOR"}
    command = [sys.executable, "-m", "benchmarks.serving", *options]
    return subprocess.run(
        command,
        env={**inherited, **variables},
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=500,
    )


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory: pytest.TempPathFactory) -> Benchmark:
    directory = tmp_path_factory.mktemp("benchmark")
    publish_example(directory)
    ended = run(directory, *SMALL, "--output", str(directory / "figures"))
    assert ended.returncode == 0, ended.stderr
    (written,) = (directory / "figures").iterdir()
    return Benchmark(ended.stdout, json.loads(written.read_text()))


def test_the_graph_and_the_conventional_stack_are_measured_in_every_case(benchmark: Benchmark) -> None:
    found = {(line["peer"], line["transport"], line["rows"]) for line in benchmark.document["graph"]}
    assert found == {(peer, *case) for peer in GRAPH for case in CASES}


def test_the_model_is_measured_under_every_server_that_is_installed(benchmark: Benchmark) -> None:
    found = {(line["peer"], line["transport"], line["rows"]) for line in benchmark.document["model"]}
    assert found == {(peer, *case) for peer in MODEL for case in CASES}


def test_every_peer_answers_the_same_probabilities(benchmark: Benchmark) -> None:
    lines = benchmark.document["graph"] + benchmark.document["model"]
    assert {line["same_probability"] for line in lines} == {1}


def test_the_monitor_is_measured_on_every_store_that_is_installed(benchmark: Benchmark) -> None:
    measured = {line["store"]: line.get("events_per_second", 0) > 0 for line in benchmark.document["monitor"]}
    assert measured == {"SQLite": True, "PostgreSQL": bool(BINARIES)}


def test_no_acknowledged_event_is_lost_while_the_store_is_gone(benchmark: Benchmark) -> None:
    outage = benchmark.document["outage"]
    assert 0 < outage["acknowledged"] <= outage["kept"]


def test_every_measured_peer_has_a_line_in_the_tables(benchmark: Benchmark) -> None:
    for peer in (*GRAPH, *MODEL):
        # In every case, and for the graph also where its time goes.
        assert benchmark.printed.count(peer) >= len(CASES)


def test_what_was_not_there_to_measure_is_said(benchmark: Benchmark) -> None:
    assert "not measured: the graph through Seldon's executor" in benchmark.printed


def test_without_a_published_model_it_says_what_makes_one(tmp_path: Path) -> None:
    ended = run(tmp_path)
    assert ended.returncode == 2
    assert "publish a model first (`make demo` does)" in ended.stderr
