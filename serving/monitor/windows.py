"""Which window a row falls into, and when a window has had its time.

A window is a stretch of prediction time: the instants for which the rows were predicted, which a replay
of the past goes through in minutes. So the clock on the wall alone cannot close one. A window is closed

- a grace after the first row of a later window was stored, or
- a grace after its own last row was stored, if by the clock on the wall it is over as well;

the second closes the last window before a silence. What comes for a window after it was judged is stored
and counted as late; it does not change the verdict.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from serving.detectors.windows import WindowShape

# Every offset from UTC, and every change of one, is a multiple of it: no window begins inside.
QUARTER_SECONDS = 900


@dataclass(frozen=True)
class Bounds:
    """Where a window begins and where the next one does, in whole seconds since 1970."""

    start: int
    end: int


def bounds(instant: float, shape: WindowShape) -> Bounds:
    """The window of a row that was predicted at `instant` (seconds since 1970).

    The same as `serving.detectors.windows.split` has it, for one row at a time.
    """
    return _bounds(int(instant // QUARTER_SECONDS), shape)


def is_closed(end: int, first_later: float | None, last_stored: float, *, now: float, grace: float) -> bool:
    """Whether a window gets no more time at `now`; all instants in seconds since 1970.

    Args:
        end: where the window ends, in prediction time.
        first_later: when the first row of any later window was stored, if one was.
        last_stored: when the latest row of this window was stored.
        now: the clock on the wall.
        grace: how long the last rows may be under way.
    """
    if first_later is not None and first_later + grace <= now:
        return True
    return end <= now and last_stored + grace <= now


@lru_cache(maxsize=4096)
def _bounds(quarter: int, shape: WindowShape) -> Bounds:
    zone = ZoneInfo(shape.timezone)
    local = datetime.fromtimestamp(quarter * QUARTER_SECONDS, UTC).astimezone(zone)
    start = datetime(local.year, local.month, local.day, local.hour // shape.hours * shape.hours)  # noqa: DTZ001
    return Bounds(_begin(start, zone), _begin(start + timedelta(hours=shape.hours), zone))


def _begin(wall: datetime, zone: ZoneInfo) -> int:
    # An hour that the zone repeats begins with its first, one that it leaves out at the instant after.
    return int(wall.replace(tzinfo=zone, fold=0).timestamp())
