"""The annotations of the pod that concern the orchestrator: how long a node may take."""

from dataclasses import dataclass
from pathlib import Path

REST_TIMEOUT = "seldon.io/rest-timeout"
GRPC_TIMEOUT = "seldon.io/grpc-timeout"


@dataclass(frozen=True)
class TimeOuts:
    """The longest time that a node may take for one call, in seconds; None for no limit."""

    rest: float | None = None
    grpc: float | None = None


def read_time_outs(path: Path) -> TimeOuts:
    """Read the file that Kubernetes writes: one `key="value"` a line.

    As the executor does: without the file there is no limit, and one line that has another `=` voids all.
    """
    if not path.exists():
        return TimeOuts()
    parts = [line.split("=") for line in path.read_text(encoding="utf-8").splitlines() if line]
    if any(len(part) != 2 for part in parts):
        return TimeOuts()
    values = {key: value.strip('"') for key, value in parts}
    return TimeOuts(rest=_seconds(values.get(REST_TIMEOUT)), grpc=_seconds(values.get(GRPC_TIMEOUT)))


def _seconds(milliseconds: str | None) -> float | None:
    return int(milliseconds) / 1000 if milliseconds else None
