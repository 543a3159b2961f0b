"""A published deployment of small nodes, and the local cluster that serves it, as a process of its own."""

import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import requests

from components.publish.directory import publish_to_directory
from serving.local.ports import free_ports
from serving.staging import replace_file
from tests.examples.living_processes import lives
from tests.examples.serving.model_parts import local_settings, write_model

ROOT = Path(__file__).parents[3]
DEPLOYMENT = "parcels"
MARK = "TEST_LOCAL_CLUSTER"
# Long enough for clients to move on and for a busy machine, short enough for a test to wait for.
TIMING = {"shutdown_delay": 2, "request": 5, "drain": 5}
SMALL_NODE = Path(__file__).with_name("small_node.py")
SILENT_NODE = Path(__file__).with_name("silent_node.py")
MISSING_NODE = Path(__file__).with_name("missing_node.py")


def publish(
    directory: Path, name: str, *, node: Path = SMALL_NODE, time_out: int | None = None, **changes: Any
) -> str:
    """Publish a small model whose content is `name`; returns its content hash.

    `time_out`: the seconds that the executor gives a request, where it is not those of TIMING, which a node
    has for its end as well.
    """
    model = write_model(directory / "made" / name, network=name.encode())
    published = directory / "published" / DEPLOYMENT
    # What the small nodes take the place of is changed after the model is there, and before it is announced.
    settings = local_settings(name=DEPLOYMENT, timing=TIMING, **changes)
    publication = publish_to_directory(model, settings, directory / "aside" / DEPLOYMENT)
    text = re.sub(r"- -m\n +- serving\.node\n", f"- {node}\n", publication.text)
    text = re.sub(r"- -m\n( +)- serving\.monitor\n", f"- {SMALL_NODE}\n\\1- monitor\n", text)
    if time_out is not None:
        text = re.sub(r"(seldon\.io/(?:rest|grpc)-timeout): '\d+'", rf"\1: '{time_out * 1000}'", text)
    replace_file(published / "seldondeployment.yaml", text)
    return model.content_hash


class Served:
    """The cluster's process, what it says, and where it answers."""

    def __init__(
        self,
        directory: Path,
        variables: Mapping[str, str],
        deployment: str = DEPLOYMENT,
        command: Sequence[str] = (sys.executable, "-m", "serving.local"),
    ) -> None:
        self.directory = directory
        self.mark = str(uuid.uuid4())
        ports = dict(zip(("rest", "grpc", "monitor"), free_ports(3), strict=True))
        self.rest_port, self.grpc_port, self.monitor_port = ports["rest"], ports["grpc"], ports["monitor"]
        self._output = directory / "output.log"
        environment = os.environ | {
            "ONTIME_PUBLISH_URI": str(directory / "published"),
            "ONTIME_LOCAL_DIRECTORY": str(directory / "serving"),
            "ONTIME_LOCAL_DEPLOYMENT": deployment,
            **{f"ONTIME_LOCAL_{name.upper()}_PORT": str(port) for name, port in ports.items()},
            "PYTHONPATH": str(ROOT),
            MARK: self.mark,
            **variables,
        }
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.rest_port}/api/v1.0/predictions"

    @property
    def said(self) -> str:
        return self._output.read_text()

    def wait_until_said(self, text: str, seconds: float = 180) -> None:
        """Wait for a line; raises AssertionError with everything that was said where it does not come."""
        deadline = time.monotonic() + seconds
        while text not in self.said:
            assert time.monotonic() < deadline, self.said
            assert self.process.poll() is None, self.said
            time.sleep(0.05)

    def predict(self, *rows: str, timeout: float = 60) -> requests.Response:
        return requests.post(self.url, json={"data": {"ndarray": [[row] for row in rows]}}, timeout=timeout)

    def processes(self) -> list[psutil.Process]:
        """Every process that this cluster has brought up, itself included."""
        return [process for process in psutil.process_iter() if _is_marked(process, self.mark)]

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=120)


def _is_marked(process: psutil.Process, mark: str) -> bool:
    try:
        return process.environ().get(MARK) == mark and lives(process)
    except psutil.Error:
        return False


@contextmanager
def served(directory: Path, **variables: str) -> Iterator[Served]:
    """The cluster, ready; it is ended with the block."""
    cluster = Served(directory, variables)
    try:
        cluster.wait_until_said("\nready\n")
        yield cluster
    finally:
        cluster.end()
