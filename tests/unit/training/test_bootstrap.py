"""Figures as sums over days agree with scikit-learn, whole and resampled."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from components.validate import bootstrap
from components.validate.bootstrap import DayAuc, Resampling, ScoredRows

RESAMPLING = Resampling(seed=0, confidence=0.95, draws=500, precision_draws=50)
DAYS = 20


@pytest.fixture(scope="module")
def rows() -> ScoredRows:
    """Scores in steps of .01, so that there are ties."""
    random = np.random.default_rng(5)
    days = np.sort(random.integers(0, DAYS, 2000))
    scores = random.random(2000).round(2)
    labels = (random.random(2000) < 0.15 + 0.4 * scores).astype(np.int8)
    return ScoredRows(labels, scores, days)


def _repeated(rows: ScoredRows, counts: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    return np.repeat(np.arange(len(rows.labels)), counts[rows.days].astype(int))


def test_the_auc_is_scikit_learns(rows: ScoredRows) -> None:
    assert bootstrap.auc(DayAuc.of(rows), RESAMPLING).value == pytest.approx(
        roc_auc_score(rows.labels, rows.scores)
    )


def test_a_resamples_auc_is_that_of_its_days_repeated(rows: ScoredRows) -> None:
    counts = bootstrap.resamples(DAYS, seed=3, draws=1)
    drawn = _repeated(rows, counts[0])
    expected = roc_auc_score(rows.labels[drawn], rows.scores[drawn])
    assert DayAuc.of(rows).auc(counts)[0] == pytest.approx(expected)


def test_the_auc_of_some_days_is_that_of_their_rows(rows: ScoredRows) -> None:
    within = np.isin(rows.days, [2, 5])
    expected = roc_auc_score(rows.labels[within], rows.scores[within])
    assert DayAuc.of(rows).within(np.array([2, 5])).auc(np.ones((1, 2)))[0] == pytest.approx(expected)


def test_the_average_precision_is_scikit_learns(rows: ScoredRows) -> None:
    expected = average_precision_score(rows.labels, rows.scores) / rows.labels.mean()
    assert bootstrap.average_precision_lift(rows, RESAMPLING).value == pytest.approx(expected)


def test_the_brier_skill_is_over_the_base_rate(rows: ScoredRows) -> None:
    rate = rows.labels.mean()
    expected = 1 - np.mean((rows.scores - rows.labels) ** 2) / (rate * (1 - rate))
    assert bootstrap.brier_skill(rows, RESAMPLING).value == pytest.approx(expected)


def test_a_model_is_no_better_than_itself(rows: ScoredRows) -> None:
    model = DayAuc.of(rows)
    difference = bootstrap.auc_difference(model, model, RESAMPLING)
    assert (difference.value, difference.standard_error, difference.low, difference.high) == (0, 0, 0, 0)


def test_the_interval_of_a_clear_difference_excludes_zero(rows: ScoredRows) -> None:
    worse = ScoredRows(rows.labels, np.random.default_rng(0).permutation(rows.scores), rows.days)
    difference = bootstrap.auc_difference(DayAuc.of(worse), DayAuc.of(rows), RESAMPLING)
    assert difference.low < difference.value < difference.high < 0


def test_rows_that_depend_on_their_day_have_a_larger_standard_error() -> None:
    random = np.random.default_rng(0)
    days = np.repeat(np.arange(DAYS), 100)
    labels = np.repeat(random.random(DAYS) < 0.5, 100).astype(np.int8)
    by_day = ScoredRows(labels, np.repeat(random.random(DAYS), 100), days)
    order = random.permutation(len(days))
    mixed = ScoredRows(labels[order], by_day.scores[order], days)
    errors = [bootstrap.auc(DayAuc.of(rows), RESAMPLING).standard_error for rows in (by_day, mixed)]
    assert errors[0] > 3 * errors[1]


def test_days_are_those_of_the_time_zone() -> None:
    times = pd.DatetimeIndex(["2020-06-01 03:00", "2020-06-01 05:00", "2020-06-03 05:00"], tz="UTC")
    assert bootstrap.day_numbers(times, "America/New_York").tolist() == [0, 1, 2]
