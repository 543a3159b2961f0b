"""What fitted detectors find: faults planted in rows and windows that they were not fitted to."""

from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from components.fit_detectors.fitting import Detectors
from components.fit_detectors.frames import Rows
from serving.detectors.figures import (
    DetectorFigures,
    DriftFigures,
    OutlierFigures,
    PredictionFigures,
    WindowFault,
)
from serving.detectors.outlier import OutlierDetector
from serving.detectors.verdicts import WindowVerdict
from serving.detectors.windows import split


def outlier_figures(
    detector: OutlierDetector, planted: Iterable[tuple[str, Rows]], test: Rows
) -> OutlierFigures:
    """The share flagged: of rows with a planted fault (its name first), and of test rows as they are."""
    found = {name: float(detector.flag(rows.features).mean()) for name, rows in planted}
    untouched = float(detector.flag(test.features).mean())
    return OutlierFigures(faults=found, false_alarm_share=untouched, rows=len(test.features))


def drift_verdicts(detectors: Detectors, rows: Rows) -> list[WindowVerdict]:
    """The verdict on each window of `rows`, in order, those with too few rows left out."""
    outliers = detectors.outlier.flag(rows.features)
    verdicts = [
        detectors.drift.judge(rows.features[window.members], window.start, outliers[window.members])
        for window in split(rows.times, detectors.drift.settings.shape)
    ]
    return _tested(verdicts)


def prediction_verdicts(
    detectors: Detectors, rows: Rows, probabilities: NDArray[np.float32]
) -> list[WindowVerdict]:
    """The verdict on the probabilities [n] of each window of `rows`, those with too few rows left out."""
    detector = detectors.prediction
    windows = split(rows.times, detector.settings.shape)
    return _tested([detector.judge(probabilities[window.members]) for window in windows])


def drift_figures(detectors: Detectors, planted: Iterable[tuple[str, Rows]], test: Rows) -> DriftFigures:
    """The share of windows that alarm: in rows with a planted fault (its name first), and in test rows."""
    found = {}
    for name, rows in planted:
        verdicts = drift_verdicts(detectors, rows)
        found[name] = WindowFault(
            found_share=_alarm_share(verdicts), windows=len(verdicts), by=_shares_by_statistic(verdicts)
        )
    untouched = drift_verdicts(detectors, test)
    settings = detectors.drift.settings
    return DriftFigures(
        window_hours=settings.hours,
        minimum_rows=settings.minimum_rows,
        windows=settings.windows,
        false_alarm_share=settings.false_alarm_share,
        limits=detectors.drift.highest,
        faults=found,
        untouched_test_alarm_share=_alarm_share(untouched),
        untouched_test_windows=len(untouched),
    )


def prediction_figures(
    detectors: Detectors, test: Rows, probabilities: NDArray[np.float32]
) -> PredictionFigures:
    """How often the probabilities [n] of the test rows alarm, and did in left-out training months."""
    untouched = prediction_verdicts(detectors, test, probabilities)
    settings = detectors.prediction.settings
    return PredictionFigures(
        window_hours=settings.hours,
        minimum_rows=settings.minimum_rows,
        windows=settings.windows,
        false_alarm_share=settings.false_alarm_share,
        limit=detectors.prediction.limit,
        untouched_test_alarm_share=_alarm_share(untouched),
        untouched_test_windows=len(untouched),
    )


def headline(figures: DetectorFigures) -> dict[str, float]:
    """The figures that a dashboard lists, by name."""
    return {
        **{f"outlier found: {name}": share for name, share in figures.outlier.faults.items()},
        "outlier false alarms": figures.outlier.false_alarm_share,
        **{f"drift found: {name}": fault.found_share for name, fault in figures.drift.faults.items()},
        "drift false alarms": figures.drift.false_alarm_share,
        "drift alarms, test months": figures.drift.untouched_test_alarm_share,
        "prediction false alarms": figures.prediction.false_alarm_share,
        "prediction alarms, test months": figures.prediction.untouched_test_alarm_share,
    }


def _shares_by_statistic(verdicts: list[WindowVerdict]) -> dict[str, float]:
    """The share of windows in which each statistic is above its limit, the most frequent first."""
    counts = Counter(name for verdict in verdicts for name in verdict.above)
    return {name: count / len(verdicts) for name, count in counts.most_common()}


def _tested(verdicts: list[WindowVerdict]) -> list[WindowVerdict]:
    return [verdict for verdict in verdicts if verdict.verdict != "insufficient"]


def _alarm_share(verdicts: list[WindowVerdict]) -> float:
    """The share of windows that drift; 0 where none was tested."""
    return sum(verdict.verdict == "drift" for verdict in verdicts) / max(len(verdicts), 1)
