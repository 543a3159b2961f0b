"""The compiled small pipeline, the command line that runs it, and a server of a fake Kubeflow."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from kfp import compiler

from tests.examples.pipelines.fake_kubeflow import FakeKubeflow, Server, serving
from tests.integration.pipelines.small_pipeline import small

ROOT = Path(__file__).parents[3]


class Ended(NamedTuple):
    """What a command left behind."""

    code: int
    output: str
    error: str
    runs: Path


Start = Callable[..., subprocess.Popen[str]]
Run = Callable[..., Ended]


@pytest.fixture(scope="session")
def small_pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("compiled") / "small.yaml"
    compiler.Compiler().compile(small, str(path))
    return path


@pytest.fixture(scope="session")
def start(small_pipeline: Path) -> Start:
    """Starts `python -m pipelines run` for the small pipeline, with the directory of its runs."""

    def start(runs: Path, *options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "pipelines", "run", "--runs", runs, small_pipeline, *options],
            cwd=ROOT,
            env=os.environ | {"ONTIME_FEATURE_STORE_URI": "/nowhere/store"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture(scope="session")
def run(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Run:
    def run(*options: str) -> Ended:
        runs = tmp_path_factory.mktemp("here") / "runs"
        with start(runs, *options) as process:
            output, error = process.communicate(timeout=60)
        return Ended(process.returncode, output, error, runs)

    return run


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(FakeKubeflow()) as server:
        yield server


@pytest.fixture
def fake(server: Server) -> FakeKubeflow:
    return server.fake
