"""Follows a run until it has ended or can be seen never to."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pipelines.submission.connection import Client
from pipelines.submission.errors import UnreachableError, explained
from pipelines.submission.pods import Pods
from pipelines.submission.settings import KubeflowSettings
from pipelines.submission.state import RunState, run_state
from pipelines.submission.tasks import Tasks

# How long the API may be away while a run is followed.
AWAY_SECONDS = 120.0


@dataclass(frozen=True)
class Seen:
    """What was seen of a run at one instant: its state, and why it cannot go on, if it cannot."""

    state: RunState
    blocked: tuple[str, ...] = ()


@dataclass
class Patience:
    """Says when nothing has changed for too long while no pod was running.

    A step that runs may take its time: its own time-out ends it.
    """

    seconds: float
    clock: Callable[[], float] = time.monotonic
    last: RunState | None = None
    since: float = 0.0

    def lost(self, state: RunState) -> bool:
        """Whether this state has lasted too long."""
        now = self.clock()
        if state != self.last or state.pod_running:
            self.last, self.since = state, now
        return state.outcome is None and now - self.since >= self.seconds


def follow(
    client: Client,
    settings: KubeflowSettings,
    run_id: str,
    tasks: Tasks,
    *,
    pods: Pods,
    patience: Patience,
) -> Iterator[Seen]:
    """What a run is doing, again and again; the last has an outcome or tells what blocks it.

    Raises:
        KubeflowError: The API refused to tell of the run, or was away for two minutes.
    """
    while True:
        state = run_state(_ask(client, settings, run_id), tasks)
        blocked = _blocked(state, pods, patience)
        yield Seen(state, blocked)
        if state.outcome is not None or blocked:
            return
        # The API has nothing to wait on.
        time.sleep(settings.poll_seconds)


def _blocked(state: RunState, pods: Pods, patience: Patience) -> tuple[str, ...]:
    if state.outcome is not None:
        return ()
    if found := pods.blocked():
        return tuple(map(str, found))
    if patience.lost(state):
        return (f"nothing has changed for {patience.seconds:.0f} s, and no pod is running",)
    return ()


def _ask(client: Client, settings: KubeflowSettings, run_id: str) -> Any:
    deadline = time.monotonic() + AWAY_SECONDS
    while True:
        try:
            with explained(settings.address):
                return client.get_run(run_id)
        except UnreachableError:
            if time.monotonic() >= deadline:
                raise
        time.sleep(settings.poll_seconds)
