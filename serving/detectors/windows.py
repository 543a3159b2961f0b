"""Windows: stretches of local time in which rows are judged together.

A window lies within one local day and is compared with the training rows of its own slot of the week
only: schedules repeat weekly, so a Saturday beside an average of the week would look like drift.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

HOURS_A_DAY = 24


@dataclass(frozen=True)
class WindowShape:
    """How long a window is, how many rows make it worth judging, and where its hours are counted.

    Raises ValueError where `hours` does not divide a day.
    """

    hours: int
    minimum_rows: int
    timezone: str

    def __post_init__(self) -> None:
        if self.hours < 1 or HOURS_A_DAY % self.hours:
            raise ValueError(f"windows of {self.hours} hours do not divide a day")

    def slot(self, start: datetime) -> int:
        """The slot of the week (0 is the first of Monday) of the window that begins at `start`."""
        local = start.astimezone(ZoneInfo(self.timezone))
        return (local.weekday() * HOURS_A_DAY + local.hour) // self.hours


@dataclass(frozen=True)
class Window:
    """One window: when it begins, its slot of the week, and the positions of its rows."""

    start: datetime
    slot: int
    members: NDArray[np.int64]

    @property
    def month(self) -> int:
        """The local month in which it begins, counted from the year 0."""
        return self.start.year * 12 + self.start.month - 1


def split(times: pd.DatetimeIndex, shape: WindowShape) -> list[Window]:
    """The windows, in order, of rows that were predicted at `times` (timezone-aware)."""
    starts = _starts(times, shape)
    keys, members = np.unique(starts.to_numpy(), return_inverse=True)
    order = np.argsort(members, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(members))[:-1])
    # In the hour that a zone's clocks repeat or leave out a window begins at the first instant after.
    begin = pd.DatetimeIndex(keys).tz_localize(
        shape.timezone, ambiguous=np.ones(len(keys), dtype=bool), nonexistent="shift_forward"
    )
    return [
        Window(start.to_pydatetime(), shape.slot(start), group)
        for start, group in zip(begin, groups, strict=True)
    ]


def months(times: pd.DatetimeIndex, timezone: str) -> NDArray[np.int64]:
    """The local month of each instant, counted from the year 0."""
    local = times.tz_convert(timezone)
    return (local.year * 12 + local.month - 1).to_numpy(np.int64)


def usual_shape(times: pd.DatetimeIndex, hours: int, timezone: str) -> WindowShape:
    """The shape of windows of `hours`; the fewest rows to judge by are half of what a window usually has."""
    sizes = [len(window.members) for window in split(times, WindowShape(hours, 0, timezone))]
    return WindowShape(hours, int(np.median(sizes)) // 2, timezone)


def _starts(times: pd.DatetimeIndex, shape: WindowShape) -> pd.DatetimeIndex:
    """The local wall time at which the window of each instant begins."""
    local = times.tz_convert(shape.timezone)
    hours = local.hour.to_numpy() // shape.hours * shape.hours
    return local.tz_localize(None).normalize() + pd.to_timedelta(hours, unit="h")
