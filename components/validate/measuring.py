"""Gathers the evidence about a model from the frames, the baseline, the champion and the detectors."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from components.train.frame import Frame
from components.validate import bootstrap, classification
from components.validate.baseline import baseline_probabilities
from components.validate.bootstrap import DayAuc, Resampling, ScoredRows, auc_difference
from components.validate.champion import IncomparableChampionError, champion_probabilities
from components.validate.evidence import (
    ChampionEvidence,
    Contender,
    Evidence,
    MonthEvidence,
    Period,
    Uncertainty,
)
from components.validate.importances import permutation_importances
from components.validate.performance import by_month, by_slice, measure, months
from components.validate.scoring import Probabilities, Scorer
from serving.artifact import ModelDirectory
from serving.detectors.figures import DetectorFigures
from serving.signature import Signature

COMPARED_DAYS = 7
"""A champion is compared on the test days after its training, at least so many."""


@dataclass(frozen=True)
class Frames:
    """The rows that a model was trained on, stopped by, and tested on."""

    training: Frame
    validation: Frame
    test: Frame


@dataclass(frozen=True)
class Subject:
    """What is measured: a trained network with its signature and detectors, and whom it would replace."""

    scorer: Scorer
    signature: Signature
    detectors: DetectorFigures
    champion: ModelDirectory | None


class TestRows:
    """The test rows with everything that the measurements share: their days, and the model's answers."""

    __test__ = False  # No test class, whatever its name suggests to pytest.

    def __init__(self, frame: Frame, signature: Signature, probabilities: Probabilities) -> None:
        if len(np.unique(frame.labels)) < 2:
            raise ValueError("the test rows are all of one label, so nothing can be measured on them")
        self.frame = frame
        self.probabilities = probabilities
        self.timezone = signature.timezone
        self.days = bootstrap.day_numbers(frame.times, signature.timezone)
        self.auc = self.day_auc(probabilities)

    def scored(self, probabilities: Probabilities) -> ScoredRows:
        """The rows with some probabilities and their days."""
        return ScoredRows(self.frame.labels, probabilities, self.days)

    def day_auc(self, probabilities: Probabilities) -> DayAuc:
        """The AUC of other probabilities of the same rows."""
        return DayAuc.of(self.scored(probabilities))

    def contender(self, probabilities: Probabilities) -> Contender:
        """The figures of other probabilities of the same rows."""
        labels = self.frame.labels
        return Contender(measure(labels, probabilities), classification.roc(labels, probabilities))


def gather_evidence(as_of: str, subject: Subject, frames: Frames, resampling: Resampling) -> Evidence:
    """Measure a model on the test rows; raises ValueError where they are all of one label."""
    signature, scorer = subject.signature, subject.scorer
    rows = TestRows(frames.test, signature, scorer.score(frames.test.features))
    baseline = baseline_probabilities(signature, frames.training, frames.test)
    threshold = classification.matching_threshold(
        frames.validation.labels, scorer.score(frames.validation.features)
    )
    labels, probabilities = frames.test.labels, rows.probabilities
    return Evidence(
        as_of=as_of,
        signature=signature,
        periods=_periods(frames),
        model=rows.contender(probabilities),
        uncertainty=_uncertainty(rows, resampling),
        months=_months(rows, resampling),
        slices=by_slice(frames.test, probabilities, signature),
        baseline=rows.contender(baseline),
        baseline_advantage=auc_difference(rows.day_auc(baseline), rows.auc, resampling),
        champion=_champion(subject, rows, resampling),
        calibration=classification.calibration(labels, probabilities),
        confusion=classification.confusion(labels, probabilities, threshold),
        importances=permutation_importances(scorer, frames.test, resampling.seed),
        detectors=subject.detectors,
    )


def _periods(frames: Frames) -> tuple[Period, ...]:
    named = {"training": frames.training, "validation": frames.validation, "test": frames.test}
    return tuple(
        Period(name, len(frame), frame.times.min().to_pydatetime(), frame.times.max().to_pydatetime())
        for name, frame in named.items()
    )


def _uncertainty(rows: TestRows, resampling: Resampling) -> Uncertainty:
    scored = rows.scored(rows.probabilities)
    return Uncertainty(
        auc=bootstrap.auc(rows.auc, resampling),
        average_precision_lift=bootstrap.average_precision_lift(scored, resampling),
        brier_skill=bootstrap.brier_skill(scored, resampling),
    )


def _months(rows: TestRows, resampling: Resampling) -> dict[str, MonthEvidence]:
    names = months(rows.frame.times, rows.timezone)
    evidence = {}
    for month, performance in by_month(rows.frame, rows.probabilities, rows.timezone).items():
        days = np.unique(rows.days[names == pd.Period(month)])
        within = rows.auc.within(days)
        defined = performance.auc is not None
        auc = bootstrap.auc(within, resampling) if defined else None
        evidence[month] = MonthEvidence(performance, auc)
    return evidence


def _champion(subject: Subject, rows: TestRows, resampling: Resampling) -> ChampionEvidence | None:
    champion = subject.champion
    if champion is None:
        return None
    seen = _trained_on(champion.signature, rows.frame.times)
    unseen_days = np.setdiff1d(rows.days, rows.days[seen])
    saw = bool(seen.any())
    if len(unseen_days) < COMPARED_DAYS:
        remark = f"the champion was trained on all but {len(unseen_days)} days of the test"
        return ChampionEvidence(champion.content_hash, None, None, saw, remark)
    try:
        probabilities = champion_probabilities(champion, subject.signature, rows.frame)
    except IncomparableChampionError as error:
        return ChampionEvidence(champion.content_hash, None, None, saw, str(error))
    challenger, rival = (auc.within(unseen_days) for auc in (rows.auc, rows.day_auc(probabilities)))
    advantage = auc_difference(challenger, rival, resampling)
    return ChampionEvidence(champion.content_hash, rows.contender(probabilities), advantage, saw)


def _trained_on(signature: Signature, times: pd.DatetimeIndex) -> npt.NDArray[np.bool_]:
    """Which of the instants lie in or before the training range, `[n]`."""
    if signature.training_range is None:
        return np.zeros(len(times), dtype=bool)
    return np.asarray(times <= pd.Timestamp(signature.training_range.end))
