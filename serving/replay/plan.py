"""What a replay sends: one window as it was, and those after it with their schedule shifted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from serving.detectors.windows import WindowShape
from serving.monitor.debounce import ENOUGH
from serving.monitor.windows import bounds
from serving.replay.requests import ReplayedRequest, shifted


@dataclass(frozen=True)
class ReplayedWindow:
    """The requests that are predicted in one window; `shift` is what was added to their time field."""

    start: datetime
    end: datetime
    shift: timedelta
    requests: tuple[ReplayedRequest, ...]


def plan(
    requests: Sequence[ReplayedRequest], shape: WindowShape, time_field: str, shift: timedelta
) -> list[ReplayedWindow]:
    """Take the window of the first request as it was, and shift the requests of those that follow it.

    As many follow as have to drift before the monitor reports a breach. Requests are left out that are
    then predicted after the end of the last.

    Raises:
        ValueError: a window would have too few requests to be judged.
    """
    edges = [bounds(min(request.predicted_at for request in requests).timestamp(), shape).start]
    for _ in range(1 + ENOUGH):
        edges.append(bounds(edges[-1], shape).end)
    start, change, *ends = (datetime.fromtimestamp(at, UTC) for at in edges)
    later = shifted(_within(requests, change, ends[-1]), time_field, shift)
    planned = [
        ReplayedWindow(start, change, timedelta(0), _within(requests, start, change)),
        *(ReplayedWindow(*both, shift, _within(later, *both)) for both in pairwise((change, *ends))),
    ]
    for window in planned:
        if len(window.requests) < shape.minimum_rows:
            raise ValueError(
                f"{len(window.requests)} requests are predicted in the window from "
                f"{window.start.isoformat()}: {shape.minimum_rows} are needed to judge it"
            )
    return planned


def _within(
    requests: Sequence[ReplayedRequest], start: datetime, end: datetime
) -> tuple[ReplayedRequest, ...]:
    return tuple(request for request in requests if start <= request.predicted_at < end)
