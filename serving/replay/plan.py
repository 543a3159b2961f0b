"""What a replay sends: one window as it was, and the next one with its schedule shifted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from serving.detectors.windows import WindowShape
from serving.monitor.windows import bounds
from serving.replay.requests import ReplayedRequest, shifted


@dataclass(frozen=True)
class ReplayedWindow:
    """The requests that are predicted in one window; `shift` is what was added to their time field."""

    start: datetime
    shift: timedelta
    requests: tuple[ReplayedRequest, ...]


@dataclass(frozen=True)
class Plan:
    """The two windows, one after the other."""

    as_it_was: ReplayedWindow
    shifted: ReplayedWindow

    @property
    def requests(self) -> tuple[ReplayedRequest, ...]:
        """All requests."""
        return self.as_it_was.requests + self.shifted.requests


def plan(requests: Sequence[ReplayedRequest], shape: WindowShape, time_field: str, shift: timedelta) -> Plan:
    """Take the window of the first request as it was, and shift the one that follows it.

    The shifted window is the next one, since a window is judged once. Of its requests those are left out
    that are then predicted after its end.

    Raises:
        ValueError: one of the two would have too few requests to be judged.
    """
    first = bounds(min(request.predicted_at for request in requests).timestamp(), shape)
    second = bounds(first.end, shape)
    start, change, end = (datetime.fromtimestamp(at, UTC) for at in (first.start, first.end, second.end))
    later = shifted(_within(requests, change, end), time_field, shift)
    planned = Plan(
        ReplayedWindow(start, timedelta(0), _within(requests, start, change)),
        ReplayedWindow(change, shift, _within(later, change, end)),
    )
    for window in (planned.as_it_was, planned.shifted):
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
