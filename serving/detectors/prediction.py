"""Whether a window's predictions are distributed as those of training: Alibi Detect's K-S drift.

The distance of a window's probabilities from those of the training rows, against a limit from windows of
months that were left out (`calibration.py`). Delays come in waves, so the limit is wide: it is there for
a model that answers something else than it did, such as one constant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serving.detectors import arrays
from serving.detectors.calibration import Limits, calibrate
from serving.detectors.drift import HOURS
from serving.detectors.gaussian import Floats
from serving.detectors.measures import DISTANCE_FLOOR
from serving.detectors.verdicts import Statistic, WindowVerdict, insufficient, judged
from serving.detectors.windows import Window, split, usual_shape

KIND = "prediction"
VERSION = 1
PROBABILITY = "distance:probability"
REFERENCE_ROWS = 20_000


@dataclass(frozen=True)
class PredictionDetector:
    """Judges windows of probabilities by their distance from `reference` [m], those of training rows."""

    settings: arrays.WindowSettings
    reference: Floats
    limits: Limits

    @classmethod
    def fit(
        cls,
        probabilities: NDArray[np.float32],
        times: pd.DatetimeIndex,
        timezone: str,
        seed: int,
        hours: int = HOURS,
    ) -> "PredictionDetector":
        """Fit to the probabilities [n] of the training rows, predicted at `times` [n].

        Raises ValueError where the windows cover less than three months.
        """
        shape = usual_shape(times, hours, timezone)
        windows = [w for w in split(times, shape) if len(w.members) >= shape.minimum_rows]
        month = np.array([window.month for window in windows])
        values = np.concatenate(
            [
                _left_out(probabilities, [w for w in windows if w.month == m], windows, seed)
                for m in np.unique(month)
            ]
        )
        calibration = calibrate(values[:, None], month, np.array([DISTANCE_FLOOR]))
        settings = arrays.WindowSettings(
            kind=KIND,
            version=VERSION,
            hours=shape.hours,
            minimum_rows=shape.minimum_rows,
            timezone=timezone,
            factor=calibration.limits.factor,
            windows=calibration.windows,
            false_alarm_share=calibration.false_alarm_share,
        )
        return cls(settings, _sample(probabilities, seed), calibration.limits)

    def judge(self, probabilities: NDArray[np.float32]) -> WindowVerdict:
        """Judge a window by its probabilities [n]; too few are insufficient, and not tested."""
        if len(probabilities) < self.settings.minimum_rows:
            return insufficient(len(probabilities), self.limits.factor)
        value = _distance(self._detector, probabilities)
        excess = float(self.limits.excess(np.array([value]))[0])
        statistics = {PROBABILITY: Statistic(value, self.limit, excess)}
        return judged(len(probabilities), statistics, self.limits.factor)

    @property
    def limit(self) -> float:
        """The largest K-S distance that does not alarm."""
        return float(self.limits.highest[0])

    @cached_property
    def _detector(self) -> Any:
        return _detector(self.reference)

    def save(self, directory: Path) -> None:
        """Write the detector into a new or empty directory."""
        parts: dict[str, NDArray[np.generic]] = {
            "reference": self.reference.astype(np.float32),
            "medians": self.limits.medians,
            "units": self.limits.units,
        }
        arrays.write(directory, self.settings, parts)

    @classmethod
    def load(cls, directory: Path) -> "PredictionDetector":
        """Read a saved detector, which judges as it did; raises InvalidDetectorError."""
        settings = arrays.read_settings(directory, arrays.WindowSettings, KIND, VERSION)
        parts = arrays.read_arrays(directory, {"reference": (-1,), "medians": (1,), "units": (1,)})
        return cls(settings, parts["reference"], Limits(parts["medians"], parts["units"], settings.factor))


def _left_out(
    probabilities: NDArray[np.float32], judged: Sequence[Window], windows: Sequence[Window], seed: int
) -> Floats:
    """The distance of each judged window from the windows of the other months."""
    month = judged[0].month
    others = np.concatenate([window.members for window in windows if window.month != month])
    detector = _detector(_sample(probabilities[others], seed))
    return np.array([_distance(detector, probabilities[window.members]) for window in judged])


def _sample(probabilities: NDArray[np.float32], seed: int) -> Floats:
    generator = np.random.default_rng(seed)
    size = min(len(probabilities), REFERENCE_ROWS)
    return np.sort(generator.choice(probabilities, size, replace=False)).astype(np.float64)


def _distance(detector: Any, probabilities: NDArray[np.float32]) -> float:
    _, distance = detector.score(probabilities.astype(np.float64)[:, None])
    return float(distance[0])


def _detector(reference: Floats) -> Any:
    # Imported here, since it takes seconds: see `gaussian.py`.
    from alibi_detect.cd import KSDrift  # noqa: PLC0415

    return KSDrift(reference[:, None])
