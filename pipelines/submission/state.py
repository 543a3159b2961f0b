"""What a run and its steps are doing, read from what the API tells of the run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pipelines.submission.tasks import Tasks

# The node of a workflow that is a step's pod: the node that is named like the step holds it.
POD_NODE = "executor"
DRIVER = "-driver"


class StepState(StrEnum):
    """How far a step came."""

    WAITING = "waiting"
    STARTING = "starting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    SKIPPED = "skipped"
    FAILED = "failed"


class Outcome(StrEnum):
    """How a run ended."""

    SUCCEEDED = "succeeded"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True)
class Step:
    """One step: its state, and how long it took once it has ended."""

    name: str
    state: StepState
    seconds: float | None = None


@dataclass(frozen=True)
class RunState:
    """A run as it was at one instant.

    - `outcome`: None while it goes on.
    - `pod_running`: whether any pod does something, a driver's included.
    """

    steps: tuple[Step, ...]
    outcome: Outcome | None
    pod_running: bool

    @property
    def failed(self) -> tuple[str, ...]:
        """The steps that failed."""
        return tuple(step.name for step in self.steps if step.state is StepState.FAILED)


ENDINGS = {"SUCCEEDED": Outcome.SUCCEEDED, "FAILED": Outcome.FAILED, "CANCELED": Outcome.CANCELED}
_STATES = {
    "SUCCEEDED": StepState.SUCCEEDED,
    "SKIPPED": StepState.SKIPPED,
    "FAILED": StepState.FAILED,
    "CANCELED": StepState.FAILED,
    "RUNNING": StepState.RUNNING,
}


def run_state(run: Any, tasks: Tasks) -> RunState:
    """Read a V2beta1Run, of whose tasks the API tells by name."""
    details = {detail.display_name: detail for detail in task_details(run)}
    outcome = ENDINGS.get(run.state)
    if outcome is Outcome.SUCCEEDED and any(_skipped(details, gate) for gate in tasks.gates):
        outcome = Outcome.REFUSED
    return RunState(
        steps=tuple(_step(name, details, ended=outcome is not None) for name in tasks.steps),
        outcome=outcome,
        pod_running=any(_is_pod(detail) and detail.state == "RUNNING" for detail in task_details(run)),
    )


def task_details(run: Any) -> Iterable[Any]:
    """The nodes of the run's workflow; none before it has any.

    The API also tells of executions that it could not join to a node: they have no name.
    """
    details = (run.run_details.task_details or []) if run.run_details else []
    return [detail for detail in details if detail.display_name]


def _is_pod(detail: Any) -> bool:
    name = detail.display_name
    return name.startswith(POD_NODE) or name.endswith(DRIVER)


def _skipped(details: Mapping[str, Any], name: str) -> bool:
    return name in details and details[name].state == "SKIPPED"


def _step(name: str, details: Mapping[str, Any], *, ended: bool) -> Step:
    node, driver = details.get(name), details.get(name + DRIVER)
    if node is None:
        if driver is not None and driver.state == "FAILED":
            return Step(name, StepState.FAILED)
        if ended:
            return Step(name, StepState.SKIPPED)
        return Step(name, StepState.WAITING if driver is None else StepState.STARTING)
    # What a failed run no longer comes to has a node without a state.
    state = _STATES.get(node.state, StepState.SKIPPED if ended else StepState.STARTING)
    took = _seconds(node.start_time, node.end_time) if state is StepState.SUCCEEDED else None
    return Step(name, state, took)


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else max(0.0, (end - start).total_seconds())
