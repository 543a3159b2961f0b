"""What a replay asks of the deployment's monitor: its status, until that says what is waited for."""

import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import urllib3

from serving.detectors.windows import WindowShape

PAUSE_SECONDS = 0.5
OK = 200

Status = dict[str, Any]


class MonitorSilentError(RuntimeError):
    """The monitor does not answer as it should."""


class WatchedDeployment:
    """The monitor at `address` (`http://host:port`)."""

    def __init__(self, address: str) -> None:
        self._url = f"{address}/status"
        self._pool = urllib3.PoolManager(timeout=10.0, retries=False)

    def status(self) -> Status:
        """What it says now; raises MonitorSilentError."""
        try:
            answer = self._pool.request("GET", self._url)
        except urllib3.exceptions.HTTPError as error:
            raise MonitorSilentError(f"{self._url}: {error}") from error
        if answer.status != OK:
            raise MonitorSilentError(f"{self._url} answers {answer.status}")
        status: Status = json.loads(answer.data)
        return status

    def await_status(self, wanted: Callable[[Status], bool], seconds: float) -> Status:
        """Ask again and again until the status is the wanted one, or for so long; returns the last."""
        deadline = time.monotonic() + seconds
        while not wanted(status := self.status()) and time.monotonic() < deadline:
            time.sleep(PAUSE_SECONDS)
        return status

    def window_shape(self, seconds: float) -> WindowShape:
        """The shape of its windows, for which its store may take so long; raises MonitorSilentError."""
        status = self.await_status(lambda status: "window_shape" in status, seconds)
        if "window_shape" not in status:
            raise MonitorSilentError(f"{self._url} tells of no windows: the monitor's store is away")
        return WindowShape(**status["window_shape"])


def judgement(status: Status, start: datetime) -> Status | None:
    """The judgement of the window that begins at `start`; None where there is none."""
    found = [window["judgement"] for window in status["windows"] if window["start"] == start.timestamp()]
    return found[0] if found else None


def labelled_rows(status: Status) -> int:
    """Over how many predictions of the deployed model performance was measured."""
    performance = status["performance"].get(status["model_version"])
    return 0 if performance is None else int(performance["rows"])
