"""All that is measured about a model before it is judged."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from components.validate.bootstrap import Estimate
from components.validate.classification import Calibration, Confusion, Roc
from components.validate.performance import Performance
from serving.detectors.figures import DetectorFigures
from serving.signature import Signature


@dataclass(frozen=True)
class Period:
    """What a frame covers: its rows, and the instants of its first and last."""

    name: str
    rows: int
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Contender:
    """One model's figures on the test rows, with its ROC curve."""

    performance: Performance
    roc: Roc


@dataclass(frozen=True)
class ChampionEvidence:
    """The model that is being served, on the same test rows.

    `advantage` is the challenger's AUC minus the champion's on the days that the champion was not trained
    on; it and `contender` are None where the two cannot be compared, and `remark` then says why.
    `saw_test_rows` says that the champion was trained on some of the test rows.
    """

    content_hash: str
    contender: Contender | None
    advantage: Estimate | None
    saw_test_rows: bool
    remark: str = ""


@dataclass(frozen=True)
class MonthEvidence:
    """One month of the test; `auc` is None where the month has one label only."""

    performance: Performance
    auc: Estimate | None


@dataclass(frozen=True)
class Uncertainty:
    """The figures of the model on all test rows with their day-block standard errors."""

    auc: Estimate
    average_precision_lift: Estimate
    brier_skill: Estimate


@dataclass(frozen=True)
class Evidence:
    """What the gate judges, and what the report and the model card show.

    - `baseline_advantage`: the baseline's AUC minus the model's.
    - `importances`: the AUC lost without each feature, the largest first.
    """

    as_of: str
    signature: Signature
    periods: tuple[Period, ...]
    model: Contender
    uncertainty: Uncertainty
    months: Mapping[str, MonthEvidence]
    slices: Mapping[str, Mapping[str, Performance]]
    baseline: Contender
    baseline_advantage: Estimate
    champion: ChampionEvidence | None
    calibration: Calibration
    confusion: Confusion
    importances: Mapping[str, float]
    detectors: DetectorFigures
