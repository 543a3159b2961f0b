"""Simulated time: it goes by in rounds, and what becomes due in a round is done in it."""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from serving.replay.requests import ReplayedRequest

ROUND = timedelta(minutes=15)


@dataclass(frozen=True)
class Round:
    """A stretch of time that begins at `instant`, and the requests that are predicted in it, in order."""

    instant: datetime
    requests: tuple[ReplayedRequest, ...]


def rounds(requests: Sequence[ReplayedRequest], length: timedelta = ROUND) -> list[Round]:
    """Every round from the first request to the last, those without a request included.

    Rounds begin at multiples of `length` since 1970. Raises ValueError where there is no request.
    """
    if not requests:
        raise ValueError("there is no request to replay")
    by_instant: dict[datetime, list[ReplayedRequest]] = {}
    for request in sorted(requests, key=lambda request: request.predicted_at):
        by_instant.setdefault(_begin(request.predicted_at, length), []).append(request)
    first, last = min(by_instant), max(by_instant)
    instants = [first + number * length for number in range((last - first) // length + 1)]
    return [Round(instant, tuple(by_instant.get(instant, ()))) for instant in instants]


class Due[T]:
    """What has to wait for an instant."""

    def __init__(self) -> None:
        self._waiting: list[tuple[datetime, int, T]] = []
        self._number = count()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, instant: datetime, item: T) -> None:
        """Have `item` wait for `instant`."""
        heapq.heappush(self._waiting, (instant, next(self._number), item))

    def until(self, now: datetime) -> Iterable[T]:
        """Take what has waited long enough at `now`, the longest due first."""
        while self._waiting and self._waiting[0][0] <= now:
            yield heapq.heappop(self._waiting)[2]


def _begin(instant: datetime, length: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (instant - epoch) // length * length
