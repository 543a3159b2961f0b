"""Whether a window of rows differs from training more than training windows differ among themselves.

Three kinds of statistics, one limit for them all (`calibration.py`):

- the distance of every stable feature from the training rows of its slot of the week (`distances.py`);
- the shares of every feature, stable or seasonal, that can be counted in any season (`shares.py`): a
  code that changes a key shows in the missing values of what is looked up by that key;
- the share of rows that the outlier detector flags, which sees values that are wrong beside each other.

The distributions of seasonal features are not compared, since every week of them differs from its year.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serving.detectors import arrays
from serving.detectors.calibration import Limits, calibrate
from serving.detectors.distances import Reference, stable_features
from serving.detectors.measures import Measures, floors, original, stabilised
from serving.detectors.shares import Shares
from serving.detectors.verdicts import Statistic, WindowVerdict, insufficient, judged
from serving.detectors.windows import Window, WindowShape, months, split, usual_shape
from serving.signature import Signature

KIND = "drift"
VERSION = 1
HOURS = 24
"""A day: the shortest window that holds the whole daily schedule."""


class DriftSettings(arrays.WindowSettings):
    """`detector.toml`: beside the windows, the model's features and the statistics, in the arrays' order."""

    features: tuple[str, ...]
    statistics: tuple[str, ...]


@dataclass(frozen=True)
class DriftDetector:
    """Judges windows of a model's input."""

    settings: DriftSettings
    measures: Measures
    limits: Limits

    @classmethod
    def fit(  # noqa: PLR0913 - each row with what is known of it
        cls,
        rows: NDArray[np.float32],
        times: pd.DatetimeIndex,
        outliers: NDArray[np.bool_],
        signature: Signature,
        *,
        seed: int,
        hours: int = HOURS,
    ) -> "DriftDetector":
        """Fit to the training rows [n, F], predicted at `times` [n].

        `outliers` [n] are the flags of detectors that had not seen a row's month (`left_out_flags`).
        Windows in which the longest-lived features still fill up after the first row are not calibrated
        on. Raises ValueError where the others cover less than three months.
        """
        shape = usual_shape(times, hours, signature.timezone)
        windows = split(times, shape)
        slots = _slots(windows, len(rows))
        settled = _settled(windows, shape, signature)
        measured = []
        for left_out in sorted({window.month for window in settled}):
            others = months(times, signature.timezone) != left_out
            measures = Measures.fit(rows[others], slots[others], signature, seed)
            judged_by_others = [window for window in settled if window.month == left_out]
            measured += _measured(measures, judged_by_others, rows, outliers)
        # A feature that varies in one month alone has no range where that month is left out.
        table = pd.DataFrame(measured).dropna(axis="columns")
        names = tuple(table.columns)
        calibration = calibrate(
            stabilised(table.to_numpy(), names),
            np.array([window.month for window in settled]),
            floors(names),
        )
        settings = DriftSettings(
            kind=KIND,
            version=VERSION,
            hours=shape.hours,
            minimum_rows=shape.minimum_rows,
            timezone=shape.timezone,
            factor=calibration.limits.factor,
            windows=calibration.windows,
            false_alarm_share=calibration.false_alarm_share,
            features=tuple(signature.feature_names),
            statistics=names,
        )
        return cls(settings, Measures.fit(rows, slots, signature, seed), calibration.limits)

    def judge(self, rows: NDArray[np.float32], start: datetime, outliers: NDArray[np.bool_]) -> WindowVerdict:
        """Judge the window that begins at `start` (timezone-aware) by its rows [n, F].

        `outliers` [n] are the outlier detector's flags. A window with fewer rows than those that the
        limits were calibrated on is insufficient, and not tested.
        """
        if len(rows) < self.settings.minimum_rows:
            return insufficient(len(rows), self.limits.factor)
        measured = self.measures.measure(rows, self.settings.shape.slot(start), outliers)
        names = self.settings.statistics
        values = np.array([measured[name] for name in names])
        excess = self.limits.excess(stabilised(values, names))
        highest = self.highest
        statistics = {
            name: Statistic(float(value), highest[name], float(units))
            for name, value, units in zip(names, values, excess, strict=True)
        }
        return judged(len(rows), statistics, self.limits.factor)

    @property
    def highest(self) -> dict[str, float]:
        """The limit of each statistic, in its own terms."""
        names = self.settings.statistics
        limits = original(self.limits.highest, names)
        return {name: float(limit) for name, limit in zip(names, limits, strict=True)}

    def save(self, directory: Path) -> None:
        """Write the detector into a new or empty directory; the signature is not part of it."""
        parts: dict[str, NDArray[np.generic]] = {
            "reference": self.measures.reference.rows.astype(np.float32),
            "slots": self.measures.reference.slots.astype(np.int16),
            "bounds": self.measures.shares.bounds,
            "zeros": self.measures.shares.zeros.astype(bool),
            "seen": self.measures.shares.seen.astype(bool),
            "medians": self.limits.medians,
            "units": self.limits.units,
        }
        arrays.write(directory, self.settings, parts)

    @classmethod
    def load(cls, directory: Path, signature: Signature) -> "DriftDetector":
        """Read a detector that was saved for a model of this signature; raises InvalidDetectorError."""
        settings = arrays.read_settings(directory, DriftSettings, KIND, VERSION)
        if settings.features != tuple(signature.feature_names):
            raise arrays.InvalidDetectorError(
                f"{directory / arrays.SETTINGS} is for other features than the model's"
            )
        features, count = stable_features(signature)[0], len(settings.statistics)
        shapes = {
            "reference": (-1, len(features)),
            "slots": (-1,),
            "bounds": (len(settings.features), 2),
            "zeros": (len(settings.features),),
            "seen": (len(settings.features), -1),
            "medians": (count,),
            "units": (count,),
        }
        parts = arrays.read_arrays(directory, shapes)
        reference = Reference(features, parts["reference"], parts["slots"])
        measures = Measures(reference, Shares(parts["bounds"], parts["zeros"], parts["seen"]), signature)
        return cls(settings, measures, Limits(parts["medians"], parts["units"], settings.factor))


def _settled(windows: Sequence[Window], shape: WindowShape, signature: Signature) -> list[Window]:
    """The windows of enough rows that begin once every feature had its life to fill up in."""
    longest = max((feature.ttl_seconds or 0 for feature in signature.features), default=0)
    settled = windows[0].start + timedelta(seconds=longest)
    return [w for w in windows if w.start >= settled and len(w.members) >= shape.minimum_rows]


def _measured(
    measures: Measures, windows: Sequence[Window], rows: NDArray[np.float32], outliers: NDArray[np.bool_]
) -> list[dict[str, float]]:
    """Every statistic of each window."""
    return [measures.measure(rows[w.members], w.slot, outliers[w.members]) for w in windows]


def _slots(windows: Sequence[Window], rows: int) -> NDArray[np.int64]:
    """The slot of the week of each row."""
    slots = np.zeros(rows, dtype=np.int64)
    for window in windows:
        slots[window.members] = window.slot
    return slots
