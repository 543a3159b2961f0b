"""The three detectors of a model, fitted to its training rows."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from components.fit_detectors.frames import Rows
from serving.detectors.drift import DriftDetector
from serving.detectors.outlier import OutlierDetector, left_out_flags
from serving.detectors.prediction import PredictionDetector
from serving.detectors.windows import months
from serving.signature import Signature


@dataclass(frozen=True)
class Detectors:
    """What watches one model."""

    outlier: OutlierDetector
    drift: DriftDetector
    prediction: PredictionDetector

    def save(self, directory: Path) -> None:
        """Write each detector into its own directory of `directory`."""
        self.outlier.save(directory / "outlier")
        self.drift.save(directory / "drift")
        self.prediction.save(directory / "prediction")


def fit(training: Rows, probabilities: NDArray[np.float32], signature: Signature, *, seed: int) -> Detectors:
    """Fit to the training rows and to the model's probabilities [n] for them.

    Raises ValueError where the training rows cover less than three months of full windows.
    """
    month = months(training.times, signature.timezone)
    flags = left_out_flags(training.features, month, signature, seed)
    return Detectors(
        OutlierDetector.fit(training.features, signature),
        DriftDetector.fit(training.features, training.times, flags, signature, seed=seed),
        PredictionDetector.fit(probabilities, training.times, signature.timezone, seed),
    )
