"""What probabilities mean as decisions: ROC curve, calibration, and the confusion at one threshold."""

from dataclasses import dataclass

import numpy as np
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, roc_curve

from components.train.frame import Labels
from components.validate.scoring import Probabilities

CURVE_POINTS = 200
CALIBRATION_BINS = 10


@dataclass(frozen=True)
class Roc:
    """The points of a ROC curve from (0, 0) to (1, 1), at falling thresholds between 1 and 0."""

    false_positive_rate: tuple[float, ...]
    true_positive_rate: tuple[float, ...]
    thresholds: tuple[float, ...]


@dataclass(frozen=True)
class Calibration:
    """By tenths of the rows in order of their probability: its mean, and the share of positives."""

    predicted: tuple[float, ...]
    observed: tuple[float, ...]


@dataclass(frozen=True)
class Confusion:
    """Rows by truth (first index) and decision (second index), negative first."""

    threshold: float
    matrix: tuple[tuple[int, int], tuple[int, int]]


def roc(labels: Labels, probabilities: Probabilities) -> Roc:
    """The curve of rows `[n]`, thinned to at most `CURVE_POINTS` points, both ends kept."""
    false_positives, true_positives, thresholds = roc_curve(labels, probabilities)
    kept = np.unique(np.linspace(0, len(thresholds) - 1, CURVE_POINTS).round().astype(int))
    # scikit-learn starts at an infinite threshold, which JSON cannot say.
    clipped = np.clip(thresholds[kept], 0.0, 1.0)
    return Roc(
        tuple(false_positives[kept].tolist()), tuple(true_positives[kept].tolist()), tuple(clipped.tolist())
    )


def calibration(labels: Labels, probabilities: Probabilities) -> Calibration:
    """The calibration of rows `[n]`."""
    observed, predicted = calibration_curve(
        labels, probabilities, n_bins=CALIBRATION_BINS, strategy="quantile"
    )
    return Calibration(tuple(predicted.tolist()), tuple(observed.tolist()))


def matching_threshold(labels: Labels, probabilities: Probabilities) -> float:
    """The threshold at which as many rows are called positive as are."""
    return float(np.quantile(probabilities, 1 - labels.mean()))


def confusion(labels: Labels, probabilities: Probabilities, threshold: float) -> Confusion:
    """The confusion of rows `[n]` where a probability of `threshold` and more is called positive."""
    (a, b), (c, d) = confusion_matrix(labels, probabilities >= threshold, labels=[0, 1]).tolist()
    return Confusion(threshold, ((a, b), (c, d)))
