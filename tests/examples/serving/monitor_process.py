"""The monitor as a process, and what it is asked."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from prometheus_client.parser import text_string_to_metric_families

from serving.artifact import ModelDirectory
from serving.local.ports import free_ports
from tests.examples.serving.monitored import DEPLOYMENT, NAMESPACE, Event


@dataclass
class MonitorProcess:
    """A running monitor at `address`."""

    process: subprocess.Popen[bytes]
    address: str
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str) -> requests.Response:
        """Ask for a page."""
        return self.session.get(self.address + path, timeout=20)

    def send(self, event: Event) -> requests.Response:
        """Post an event."""
        return self.session.post(self.address, data=event.body, headers=event.headers, timeout=20)

    def samples(self) -> dict[str, list[float]]:
        """The values of every metric that it shows, by the sample's name."""
        found: dict[str, list[float]] = {}
        for family in text_string_to_metric_families(self.get("/metrics").text):
            for sample in family.samples:
                found.setdefault(sample.name, []).append(sample.value)
        return found

    def wait_for_sample(self, name: str, value: float, seconds: float = 120) -> None:
        """Wait until a metric shows a value: it follows the status, and may lag behind it."""
        deadline = time.monotonic() + seconds
        while value not in (shown := self.samples().get(name, [])):
            assert time.monotonic() < deadline, f"{name} is {shown} and not {value}"
            time.sleep(0.05)

    def status(self) -> dict[str, Any]:
        """What it says of itself."""
        return self.get("/status").json()

    def wait_for(self, what: Callable[[dict[str, Any]], bool], seconds: float = 240) -> dict[str, Any]:
        """Ask for the status until `what` holds of it, and return it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            status = self.status()
            if "windows" in status and what(status):
                return status
            time.sleep(0.1)
        raise AssertionError(f"did not come true in {seconds} s: {self.status()}")

    def wait_for_empty_spool(self) -> None:
        """Wait until the store is there and has everything that was acknowledged."""
        self.wait_for(lambda status: status["store"] == {"present": True, "spooled": 0})


@contextmanager
def running_monitor(
    model: ModelDirectory, url: str, spool: Path, **settings: object
) -> Iterator[MonitorProcess]:
    """A monitor as a process of its own, ready; it is killed at the end."""
    (port,) = free_ports(1)
    chosen: dict[str, object] = {
        "deployment": DEPLOYMENT,
        "namespace": NAMESPACE,
        "model_directory": model.path,
        "model_hash": model.content_hash,
        "database_url": url,
        "spool_directory": spool,
        "host": "127.0.0.1",
        "port": port,
        "tick_seconds": 0.2,
        "grace_seconds": 1,
        "lease_seconds": 3,
        "performance_seconds": 0.5,
        **settings,
    }
    variables = {f"ONTIME_MONITOR_{name.upper()}": str(value) for name, value in chosen.items()}
    process = subprocess.Popen([sys.executable, "-m", "serving.monitor"], env={**os.environ, **variables})
    monitor = MonitorProcess(process, f"http://127.0.0.1:{port}")
    try:
        _wait_until_healthy(monitor)
        yield monitor
    finally:
        process.kill()
        process.wait()
        monitor.session.close()


def _wait_until_healthy(monitor: MonitorProcess) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and monitor.process.poll() is None:
        try:
            if monitor.get("/healthz").status_code == 200:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError(f"the monitor did not start: {monitor.process.poll()}")
