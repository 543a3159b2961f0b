"""What the cluster knows of why a roll-out failed: conditions, events, what pods wait for, last log lines."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from components.publish.cluster.secrecy import without_secrets

LOG_LINES = 8
MOST_EVENTS = 12
_LONGEST = 400
_RANDOM_END = re.compile(r"-[a-z0-9]{5}\b")

Document = Mapping[str, Any]


@dataclass(frozen=True)
class ContainerState:
    """A container that is not as it should be, what it waits for, and what it last wrote."""

    pod: str
    container: str
    reason: str
    restarts: int
    ended: bool = False
    log: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """All of it, in the order in which a person wants it."""

    pods: tuple[str, ...] = ()
    containers: tuple[ContainerState, ...] = ()
    events: tuple[str, ...] = ()


def report(reason: str, evidence: Evidence, aftermath: str) -> str:
    """The reason, what the cluster shows for it, and what was left behind; without secrets."""
    lines = [reason]
    lines += [f"  pod {line}" for line in evidence.pods]
    for item in evidence.containers:
        again = f", started again {item.restarts} times" if item.restarts else ""
        lines.append(f"  container {item.container} of {item.pod}: {item.reason}{again}")
        lines += [f"    | {line}" for line in item.log]
    lines += [f"  event {line}" for line in evidence.events]
    lines.append(aftermath)
    return "\n".join(without_secrets(line) for line in lines)


def unwell_containers(pod: Document) -> Iterator[ContainerState]:
    """The containers of a pod that wait for something, have failed, or run without being ready."""
    status = pod.get("status", {})
    for item in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
        if reason := _reason(item):
            yield ContainerState(
                pod=pod["metadata"]["name"],
                container=item["name"],
                reason=reason,
                restarts=item.get("restartCount", 0),
                ended=bool(item.get("state", {}).get("terminated")),
            )


def unwell_pod(pod: Document) -> str | None:
    """What is said of a pod as a whole, such as that no node has room for it."""
    for condition in pod.get("status", {}).get("conditions", []):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return f"{pod['metadata']['name']}: {condition.get('reason')}: {condition.get('message')}"
    return None


def warnings(events: Sequence[Document], name: str, made: Sequence[str], since: datetime) -> tuple[str, ...]:
    """The warnings of the publication's time about an object and what was made for it, one of a kind.

    What was made in turn has a name that goes on with a hyphen; not so for `name` itself, since another
    deployment's may go on like that. What differs in the random end of a pod's name alone is of one kind.
    """
    said: dict[tuple[str, str], str] = {}
    below = tuple(f"{item}-" for item in made)
    for event in events:
        target = event.get("involvedObject", {})
        about = str(target.get("name", ""))
        if event.get("type") != "Warning" or not (about in {name, *made} or about.startswith(below)):
            continue
        if (at := _last_seen(event)) is None or at < since:
            continue
        text = " ".join(str(event.get("message", "")).split())[:_LONGEST]
        reason = event.get("reason", "")
        said[reason, _RANDOM_END.sub("", text)] = _joined(
            f"{target.get('kind', 'object')} {target['name']}", reason, text
        )
    return tuple(said.values())[-MOST_EVENTS:]


def _last_seen(event: Document) -> datetime | None:
    text = event.get("lastTimestamp") or event.get("eventTime") or event["metadata"].get("creationTimestamp")
    return None if text is None else datetime.fromisoformat(text)


def _reason(container: Document) -> str | None:
    state, last = container.get("state", {}), container.get("lastState", {})
    if waiting := state.get("waiting"):
        # One that only waits for its turn has nothing to tell.
        if waiting.get("reason") in {"PodInitializing", "ContainerCreating"}:
            return None
        return _joined(waiting.get("reason"), waiting.get("message"), _ended(last))
    if ended := _ended(state):
        return ended
    if state.get("running") and not container.get("ready", False):
        return _joined("running, but not ready", _ended(last))
    return None


def _ended(state: Document) -> str | None:
    ended = state.get("terminated")
    if not ended or ended.get("exitCode") == 0:
        return None
    return _joined(f"ended with {ended['exitCode']}", ended.get("reason"), ended.get("message"))


def _joined(*parts: str | None) -> str:
    return ": ".join(" ".join(part.split())[:_LONGEST] for part in parts if part)
