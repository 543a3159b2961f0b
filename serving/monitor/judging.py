"""What the model's detectors say of a window, as the JSON that is stored and shown."""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from serving.detectors.drift import DriftDetector
from serving.detectors.prediction import PredictionDetector
from serving.detectors.verdicts import WindowVerdict
from serving.monitor.store.rows import WindowRows
from serving.signature import Signature


@dataclass(frozen=True)
class Judges:
    """The detectors of one model that judge windows."""

    drift: DriftDetector
    prediction: PredictionDetector

    @classmethod
    def load(cls, drift: Path, prediction: Path, signature: Signature) -> "Judges":
        """Read both from their directories; raises InvalidDetectorError."""
        return cls(DriftDetector.load(drift, signature), PredictionDetector.load(prediction))

    def judge(self, rows: WindowRows, start: datetime) -> dict[str, Any]:
        """Judge the window that begins at `start` by its rows."""
        drift = self.drift.judge(rows.features, start, rows.outliers)
        prediction = self.prediction.judge(rows.probabilities)
        return {
            "rows": len(rows.features),
            "answered_rows": len(rows.probabilities),
            "outlier_rate": float(rows.outliers.mean()),
            "drift": _document(drift),
            "prediction": _document(prediction),
        }


def _document(verdict: WindowVerdict) -> dict[str, Any]:
    """A verdict with every statistic, the strongest first."""
    ordered = sorted(verdict.statistics.items(), key=lambda pair: -pair[1].excess)
    return {
        "verdict": verdict.verdict,
        "rows": verdict.rows,
        "factor": verdict.factor,
        "above": list(verdict.above),
        "statistics": {name: asdict(found) for name, found in ordered},
    }
