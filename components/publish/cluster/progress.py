"""How far a roll-out is, told from what the cluster shows at one moment.

The state that the operator writes is stale after a change, flaps, and says Available in the middle of a
roll-out; a bad change over a healthy deployment leaves it Creating for ever. So the Deployments are asked:
each must carry the revision, and stand still. The state is believed only where it agrees with them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from components.publish.cluster.revision import Expected

AVAILABLE, FAILED = "Available", "Failed"
FAILED_PATIENCE_SECONDS = 20.0
"""How long the operator's Failed must last, since it may pass."""


@dataclass(frozen=True)
class DeploymentState:
    """A Deployment that the operator made: its pods' revision, and what its controller says of them."""

    name: str
    predictor: str
    revision: str | None
    generation: int
    observed_generation: int
    wanted: int
    replicas: int
    updated: int
    available: int
    past_deadline: str | None = None
    """What the controller says where the roll-out made no progress within its deadline."""
    late_since: str | None = None
    """When it began to say so."""


@dataclass(frozen=True)
class Status:
    """What the operator says, and for how many seconds in a row it has said Failed."""

    state: str
    description: str = ""
    failed_seconds: float = 0.0


@dataclass(frozen=True)
class Waiting:
    """Not there yet, for this reason."""

    reason: str


@dataclass(frozen=True)
class Done:
    """Every pod is of the new revision and available."""


@dataclass(frozen=True)
class Failed:
    """It will not get there, for this reason."""

    reason: str


type Progress = Waiting | Done | Failed


type Deadlines = frozenset[tuple[str, str | None]]


def missed_deadlines(deployments: Collection[DeploymentState]) -> Deadlines:
    """Which Deployments missed their deadline, and when."""
    return frozenset((item.name, item.late_since) for item in deployments if item.past_deadline)


def progress(
    deployments: Collection[DeploymentState],
    status: Status,
    wanted: Sequence[Expected],
    earlier: Deadlines = frozenset(),
) -> Progress:
    """Where the roll-out stands.

    `earlier` are the deadlines that had been missed when it began: the controller goes on saying so until
    there is progress, also of a specification that was put back.
    """
    revisions = {(item.predictor, item.revision) for item in wanted}
    ours = [item for item in deployments if (item.predictor, item.revision) in revisions]
    missed = missed_deadlines(ours) - earlier
    if late := [item for item in ours if (item.name, item.late_since) in missed and _is_observed(item)]:
        return Failed("; ".join(f"Deployment {item.name}: {item.past_deadline}" for item in late))
    if status.state == FAILED and status.failed_seconds >= FAILED_PATIENCE_SECONDS:
        return Failed(f"the operator says Failed: {status.description or 'without a reason'}")
    reasons = [*_absent(ours, wanted), *(reason for item in ours for reason in _unfinished(item, wanted))]
    reasons += [f"Deployment {item.name} is still there" for item in deployments if item not in ours]
    if status.state != AVAILABLE:
        reasons.append(f"the operator says {status.state or 'nothing'}")
    return Waiting("; ".join(reasons)) if reasons else Done()


def _absent(ours: Sequence[DeploymentState], wanted: Sequence[Expected]) -> list[str]:
    reasons = []
    for item in wanted:
        found = sum(deployment.predictor == item.predictor for deployment in ours)
        if found < item.deployments:
            reasons.append(f"predictor {item.predictor}: {found} of {item.deployments} Deployments are new")
    return reasons


def _unfinished(item: DeploymentState, wanted: Sequence[Expected]) -> list[str]:
    replicas = next(expected.replicas for expected in wanted if expected.predictor == item.predictor)
    if not _is_observed(item):
        return [f"Deployment {item.name}: its controller has not seen the change"]
    if replicas is not None and item.wanted != replicas:
        return [f"Deployment {item.name}: asked for {item.wanted} pods, not {replicas}"]
    if not item.updated == item.replicas == item.available == item.wanted:
        counts = f"{item.updated} are new, {item.available} of all {item.replicas} available"
        return [f"Deployment {item.name}: of {item.wanted} pods {counts}"]
    return []


def _is_observed(item: DeploymentState) -> bool:
    return item.observed_generation >= item.generation
