"""Waits until a roll-out is done or will not be; a thin edge round what `progress` tells."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kubernetes import client
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from components.publish.cluster.failures import ForeignEditError, RolloutError
from components.publish.cluster.progress import (
    FAILED,
    Deadlines,
    DeploymentState,
    Done,
    Failed,
    Progress,
    Status,
    Waiting,
    missed_deadlines,
    progress,
)
from components.publish.cluster.resource import Resource, Say, others
from components.publish.cluster.revision import expected
from components.publish.cluster.snapshot import read_deployments

POLL_SECONDS = 1.0

Document = dict[str, Any]


@dataclass
class _Memory:
    """For how long the operator has said Failed without a break, and what was late at the first look."""

    since: float | None = None
    earlier: Deadlines | None = None

    def missed_before(self, deployments: list[DeploymentState]) -> Deadlines:
        if self.earlier is None:
            self.earlier = missed_deadlines(deployments)
        return self.earlier

    def failed_seconds(self, state: str, now: float) -> float:
        if state != FAILED:
            self.since = None
            return 0.0
        self.since = now if self.since is None else self.since
        return now - self.since


def await_rollout(
    resource: Resource, applied: Document, seconds: float, each_time: Callable[[], None], say: Say
) -> None:
    """Return once all pods are those of `applied`, as it came back from the API server.

    Three kinds of objects are looked at together, once a second: a watch on each would have to be begun
    again whenever the API server is away, and would still not show them at one moment. `each_time` is
    called before every look.

    Raises:
        RolloutError: it failed, or is not done after so many seconds.
        ForeignEditError: someone else changed or removed the deployment meanwhile.
    """
    memory = _Memory()
    said = ""

    def look() -> Progress:
        nonlocal said
        each_time()
        now = _look(resource, applied, memory)
        reason = now.reason if isinstance(now, Waiting) else ""
        if reason and reason != said:
            say(f"waiting: {reason}")
        said = reason
        return now

    retrying = Retrying(
        retry=retry_if_result(lambda found: isinstance(found, Waiting)),
        wait=wait_fixed(POLL_SECONDS),
        stop=stop_after_delay(seconds),
    )
    try:
        last = retrying(look)
    except RetryError:
        raise RolloutError(f"not rolled out after {seconds:g} s: {said}") from None
    if isinstance(last, Failed):
        raise RolloutError(last.reason)
    if not isinstance(last, Done):
        raise TypeError(f"a roll-out ends as done or failed, not as {last}")


def _look(resource: Resource, applied: Document, memory: _Memory) -> Progress:
    current = ours(resource, applied)
    wanted = expected(applied)
    api = client.AppsV1Api(resource.connection.client)
    deployments = read_deployments(api, resource.namespace, resource.name, wanted, resource.patience)
    state = current.get("status", {}).get("state", "")
    description = current.get("status", {}).get("description", "")
    status = Status(state, description, memory.failed_seconds(state, time.monotonic()))
    return progress(deployments, status, wanted, memory.missed_before(deployments))


def ours(resource: Resource, applied: Document) -> Document:
    """The deployment as it is now, if it still is what was applied; raises ForeignEditError.

    The operator writes the status only, so its generation tells any other's change.
    """
    current = resource.read()
    if current is None:
        raise ForeignEditError(f"someone removed {resource.title} while its roll-out was waited for")
    was, now = applied["metadata"], current["metadata"]
    if (now["uid"], now["generation"]) != (was["uid"], was["generation"]):
        names = ", ".join(others(current)) or "another program that applies under our name"
        raise ForeignEditError(
            f"{names} changed {resource.title} while its roll-out was waited for; it is left as it is now"
        )
    return current
