"""One limit for a family of statistics, from windows of months that were left out.

The statistics of a window have nothing in common: a K-S distance of a schedule hardly moves from week to
week, the share of rows without a forecast jumps with every outage. So each is measured in its own unit:
how far it strays above its median in the windows of training. The strangeness of a window is its
largest statistic in that unit, and the one limit for the family is a quantile of the strangeness of
training windows, each taken in units that were fitted without its month.

"Training windows do not alarm" would be true by construction, so the false-alarm share is measured one
level further out: each month is judged by units and by a limit that were both fitted without it.
The one thing that the month still had a part in: the reference rows with which the other months' windows
were compared.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serving.detectors.gaussian import Floats

LEVEL = 0.95
"""The share of training windows whose strangeness lies below the limit."""
SPAN = 0.995
"""The quantile of a statistic that lies one unit above its median: nearly the largest of a year of days,
but not the very largest, so that one bad day in training does not hide all later ones."""
FEWEST_MONTHS = 3


@dataclass(frozen=True)
class Limits:
    """The limits of S statistics: `medians` [S] + `factor` times `units` [S]."""

    medians: Floats
    units: Floats
    factor: float

    def excess(self, values: Floats) -> Floats:
        """How many units each of `values` [..., S] lies above its median."""
        return (values - self.medians) / self.units

    def alarm(self, values: Floats) -> NDArray[np.bool_]:
        """Whether each window of `values` [..., S] has a statistic above its limit."""
        above: NDArray[np.bool_] = self.excess(values).max(axis=-1) > self.factor
        return above

    @property
    def highest(self) -> Floats:
        """The highest value [S] of each statistic that does not alarm."""
        return self.medians + self.factor * self.units


@dataclass(frozen=True)
class Calibration:
    """Limits, and the share of `windows` training windows that alarm when their month is left out."""

    limits: Limits
    windows: int
    false_alarm_share: float


def calibrate(values: Floats, months: NDArray[np.int64], floors: Floats) -> Calibration:
    """Find the limits for statistics `values` [w, S] of w training windows, each of a month in `months`.

    `floors` [S] are the smallest units: what a statistic of a window of this size strays by chance.
    Raises ValueError where the windows cover less than three months.
    """
    if len(np.unique(months)) < FEWEST_MONTHS:
        raise ValueError(
            f"limits are calibrated by leaving months out: windows of {FEWEST_MONTHS} months are needed"
        )
    alarms = [
        _limits(values[months != month], months[months != month], floors).alarm(values[months == month])
        for month in np.unique(months)
    ]
    share = float(np.concatenate(alarms).mean())
    return Calibration(_limits(values, months, floors), len(values), share)


def _limits(values: Floats, months: NDArray[np.int64], floors: Floats) -> Limits:
    strangeness = []
    for month in np.unique(months):
        medians, units = _units(values[months != month], floors)
        strangeness.append(((values[months == month] - medians) / units).max(axis=1))
    factor = float(np.quantile(np.concatenate(strangeness), LEVEL))
    return Limits(*_units(values, floors), factor)


def _units(values: Floats, floors: Floats) -> tuple[Floats, Floats]:
    medians = np.median(values, axis=0)
    return medians, np.maximum(np.quantile(values, SPAN, axis=0) - medians, floors)
