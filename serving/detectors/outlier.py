"""Which rows are unlike the training data: Alibi Detect's Gaussian mixture over the numeric features.

Categories and cyclic features are left out: their numbers are positions in a list or on a circle, of
which a Gaussian knows nothing. The detector has no state: the same row always scores the same.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from feature_repo.schema import Kind
from serving.detectors import arrays
from serving.detectors.gaussian import Floats, Gaussian
from serving.signature import Signature

KIND = "outlier"
VERSION = 1
FALSE_ALARM_SHARE = 0.003
"""The share of training rows that lie above the threshold.

In months that were left out it is half as much again, and up to a twelfth of the rows on the worst day; a
fault in a fifth of a window's rows must still stand out from that.
"""
LEFT_OUT_ROWS = 30_000
"""On how many rows the detectors of `left_out_flags` are fitted; all of them move no month by .001."""


class OutlierSettings(arrays.DetectorSettings):
    """`detector.toml`: the features that are scored, in the order of the arrays, and the threshold."""

    inputs: int
    columns: tuple[int, ...]
    features: tuple[str, ...]
    threshold: float


@dataclass(frozen=True)
class OutlierDetector:
    """Scores rows of a model's input; a row above `settings.threshold` is an outlier.

    `medians` and `scales` [C] standardise the C scored features before `gaussian` sees them.
    """

    settings: OutlierSettings
    medians: Floats
    scales: Floats
    gaussian: Gaussian

    @classmethod
    def fit(cls, rows: NDArray[np.float32], signature: Signature) -> "OutlierDetector":
        """Fit to the training rows [n, F], in the order of the signature's features, NaN where missing.

        A feature that never varies in training (or is never there) is not scored: it has no spread by
        which another value could be judged. Raises ValueError where no numeric feature varies.
        """
        columns = _varying(rows, signature)
        chosen = rows[:, columns].astype(np.float64)
        medians, scales = np.nanmedian(chosen, axis=0), np.nanstd(chosen, axis=0)
        standardised = (chosen - medians) / scales
        gaussian = Gaussian.fit(standardised)
        settings = OutlierSettings(
            kind=KIND,
            version=VERSION,
            inputs=rows.shape[1],
            columns=tuple(columns),
            features=tuple(signature.feature_names[column] for column in columns),
            threshold=float(np.quantile(gaussian.score(standardised), 1 - FALSE_ALARM_SHARE)),
        )
        return cls(settings, medians, scales, gaussian)

    def score(self, rows: NDArray[np.float32]) -> Floats:
        """The score [n] of `rows` [n, F]; raises ValueError where F is not the model's."""
        if rows.ndim != 2 or rows.shape[1] != self.settings.inputs:
            raise ValueError(f"rows of the shape {rows.shape}; {self.settings.inputs} features are scored")
        chosen = rows[:, list(self.settings.columns)].astype(np.float64)
        return self.gaussian.score((chosen - self.medians) / self.scales)

    def flag(self, rows: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Whether each row of `rows` [n, F] is an outlier."""
        return self.score(rows) > self.settings.threshold

    def save(self, directory: Path) -> None:
        """Write the detector into a new or empty directory."""
        parts = {
            "medians": self.medians,
            "scales": self.scales,
            "mean": self.gaussian.mean,
            "covariance": self.gaussian.covariance,
        }
        arrays.write(directory, self.settings, parts)

    @classmethod
    def load(cls, directory: Path) -> "OutlierDetector":
        """Read a saved detector, which scores as it did; raises InvalidDetectorError."""
        settings = arrays.read_settings(directory, OutlierSettings, KIND, VERSION)
        count = len(settings.columns)
        shapes = {"medians": (count,), "scales": (count,), "mean": (count,), "covariance": (count, count)}
        parts = arrays.read_arrays(directory, shapes)
        gaussian = Gaussian(parts["mean"], parts["covariance"])
        return cls(settings, parts["medians"], parts["scales"], gaussian)


def left_out_flags(
    rows: NDArray[np.float32], months: NDArray[np.int64], signature: Signature, seed: int
) -> NDArray[np.bool_]:
    """Whether each row [n, F] is an outlier to a detector that was fitted without its month [n].

    A month that a detector has seen looks tamer than one to come, so the share of outliers in a window
    is calibrated on these.
    """
    generator = np.random.default_rng(seed)
    flags = np.zeros(len(rows), dtype=bool)
    for month in np.unique(months):
        others = np.flatnonzero(months != month)
        sample = generator.choice(others, min(len(others), LEFT_OUT_ROWS), replace=False)
        left_out = months == month
        flags[left_out] = OutlierDetector.fit(rows[sample], signature).flag(rows[left_out])
    return flags


def _varying(rows: NDArray[np.float32], signature: Signature) -> list[int]:
    columns = []
    for position, feature in enumerate(signature.features):
        values = rows[:, position]
        values = values[~np.isnan(values)]
        if feature.kind is Kind.NUMBER and values.size and values.min() < values.max():
            columns.append(position)
    if not columns:
        raise ValueError("no numeric feature varies in the training rows")
    return columns
