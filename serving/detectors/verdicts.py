"""What a detector says of a window."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["insufficient", "stable", "drift"]


@dataclass(frozen=True)
class Statistic:
    """One statistic of a window beside its limit, both in its own terms (a share or a distance).

    `excess` is in units above the median of training windows; the family's limit is on this.
    """

    value: float
    limit: float
    excess: float


@dataclass(frozen=True)
class WindowVerdict:
    """What a window of `rows` rows came to, and by which statistics; `factor` is the limit of an excess.

    A window of too few rows was not tested: it is insufficient and has no statistics.
    """

    verdict: Verdict
    rows: int
    statistics: dict[str, Statistic]
    factor: float

    @property
    def above(self) -> dict[str, Statistic]:
        """The statistics above their limits, the strangest first."""
        above = [(name, found) for name, found in self.statistics.items() if found.excess > self.factor]
        return dict(sorted(above, key=lambda pair: -pair[1].excess))


def judged(rows: int, statistics: dict[str, Statistic], factor: float) -> WindowVerdict:
    """The verdict on a tested window: it drifts where any statistic is above its limit."""
    drifts = any(statistic.excess > factor for statistic in statistics.values())
    return WindowVerdict("drift" if drifts else "stable", rows, statistics, factor)


def insufficient(rows: int, factor: float) -> WindowVerdict:
    """The verdict on a window of too few rows."""
    return WindowVerdict("insufficient", rows, {}, factor)
