"""Evidence about a made-up model that passes every check, for tests that change one figure of it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from components.validate.bootstrap import Estimate
from components.validate.classification import Calibration, Confusion, Roc
from components.validate.evidence import (
    ChampionEvidence,
    Contender,
    Evidence,
    MonthEvidence,
    Period,
    Uncertainty,
)
from components.validate.performance import Performance
from serving.detectors.figures import (
    DetectorFigures,
    DriftFigures,
    OutlierFigures,
    PredictionFigures,
    WindowFault,
)
from tests.examples.training.example import SIGNATURE

START, END = datetime(2020, 6, 1, tzinfo=UTC), datetime(2020, 8, 31, tzinfo=UTC)
PERFORMANCE = Performance(
    rows=9000, base_rate=0.23, auc=0.74, average_precision=0.52, brier=0.15, brier_skill=0.15
)
CONTENDER = Contender(PERFORMANCE, Roc((0.0, 0.2, 1.0), (0.0, 0.6, 1.0), (1.0, 0.5, 0.0)))
DETECTORS = DetectorFigures(
    outlier=OutlierFigures(faults={"negative kilometres": 1.0}, false_alarm_share=0.004, rows=9000),
    drift=DriftFigures(
        window_hours=24,
        minimum_rows=50,
        windows=120,
        false_alarm_share=0.05,
        limits={"kilometres distance": 0.1, "late share missing": 0.2},
        faults={"minutes halved": WindowFault(found_share=1.0, windows=30, by={"halved": 1.0})},
        untouched_test_alarm_share=0.06,
        untouched_test_windows=90,
    ),
    prediction=PredictionFigures(
        window_hours=24,
        minimum_rows=50,
        windows=120,
        false_alarm_share=0.05,
        limit=0.1,
        untouched_test_alarm_share=0.02,
        untouched_test_windows=90,
    ),
)


def estimate(value: float, error: float = 0.01) -> Estimate:
    """A figure with the interval of a normal distribution."""
    return Estimate(value, error, value - 2 * error, value + 2 * error)


def month(auc: float = 0.72, rows: int = 3000, error: float = 0.02) -> MonthEvidence:
    """One month of the test."""
    return MonthEvidence(replace(PERFORMANCE, rows=rows, auc=auc), estimate(auc, error))


def champion(
    advantage: Estimate | None, *, saw_test_rows: bool = False, remark: str = ""
) -> ChampionEvidence:
    """A served model, with the challenger's advantage over it."""
    contender = None if advantage is None else CONTENDER
    return ChampionEvidence("c" * 64, contender, advantage, saw_test_rows, remark)


PASSING = Evidence(
    as_of="2020-09-01T04:00:00+00:00",
    signature=SIGNATURE.trained({"depot_code": ("AMS", "BER")}, START, END),
    periods=(Period("training", 6000, START, END), Period("test", 9000, START, END)),
    model=CONTENDER,
    uncertainty=Uncertainty(estimate(0.74), estimate(2.26, 0.07), estimate(0.15, 0.02)),
    months={"2020-06": month(), "2020-07": month(), "2020-08": month()},
    slices={"depot_code": {"AMS": PERFORMANCE, "BER": replace(PERFORMANCE, auc=None)}},
    baseline=Contender(replace(PERFORMANCE, auc=0.735), CONTENDER.roc),
    baseline_advantage=estimate(-0.005, 0.002),
    champion=None,
    calibration=Calibration((0.1, 0.5), (0.12, 0.48)),
    confusion=Confusion(0.4, ((6000, 900), (900, 1200))),
    importances={"kilometres": 0.05, "hour": 0.02},
    detectors=DETECTORS,
)
SHORT = replace(PASSING, months={"2020-06": month()})


def with_performance(evidence: Evidence, **figures: Any) -> Evidence:
    """The same evidence with other figures on all test rows."""
    performance = replace(evidence.model.performance, **figures)
    return replace(evidence, model=replace(evidence.model, performance=performance))


def write_detectors(directory: Path) -> None:
    """Write a directory of detectors that has the right shape and says `DETECTORS` of itself."""
    for kind in ("outlier", "drift", "prediction"):
        (directory / kind).mkdir(parents=True, exist_ok=True)
        (directory / kind / "detector.toml").write_text("limit = 1.0\n")
    DETECTORS.write(directory)
