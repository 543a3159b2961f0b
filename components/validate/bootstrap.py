"""How sure a figure is: resamples whole days, since the rows of one day share their troubles.

Everything is prepared by day once, so that a resample costs no pass over the rows (average precision
excepted, which is no sum over days).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from components.train.frame import Labels
from components.validate.scoring import Probabilities

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Estimate:
    """A figure with its standard error and an interval of a given confidence."""

    value: float
    standard_error: float
    low: float
    high: float


@dataclass(frozen=True)
class Resampling:
    """How standard errors and intervals are drawn.

    `precision_draws` are fewer, since average precision costs a pass over the rows for each.
    """

    seed: int
    confidence: float
    draws: int = 2000
    precision_draws: int = 200


@dataclass(frozen=True)
class ScoredRows:
    """Rows with their truth, a model's probabilities, and their days numbered from 0, each `[n]`."""

    labels: Labels
    scores: Probabilities
    days: Integers

    @property
    def day_count(self) -> int:
        """How many days there are."""
        return int(self.days.max()) + 1

    def daily(self, values: npt.NDArray[np.generic]) -> Array:
        """The sum of a value of each row, by day."""
        return np.bincount(self.days, values, self.day_count).astype(np.float64)


def day_numbers(times: pd.DatetimeIndex, timezone: str) -> Integers:
    """The number of each instant's day in a time zone, counted from the first day without gaps, `[n]`."""
    return pd.factorize(times.tz_convert(timezone).normalize(), sort=True)[0].astype(np.int64)


def resamples(days: int, seed: int, draws: int) -> Array:
    """How often each day is drawn with replacement, in each of some resamples, `[draws, days]`."""
    return np.random.default_rng(seed).multinomial(days, np.full(days, 1 / days), draws).astype(np.float64)


@dataclass(frozen=True)
class DayAuc:
    """The AUC as sums over days.

    `wins[i, j]` counts the pairs of a positive row of day i and a negative row of day j in which the
    positive has the higher score, a tie for a half (the statistic of Mann and Whitney), so that the AUC
    of any resample of days is a ratio of two quadratic forms in the day counts.
    """

    wins: Array
    positives: Array
    negatives: Array

    @classmethod
    def of(cls, rows: ScoredRows) -> "DayAuc":
        """Count the wins of some rows."""
        positive = rows.labels == 1
        scores, days = rows.scores[positive], rows.days[positive]
        wins = np.zeros((rows.day_count, rows.day_count))
        for day in range(rows.day_count):
            rivals = np.sort(rows.scores[~positive & (rows.days == day)])
            below = np.searchsorted(rivals, scores, "left")
            not_above = np.searchsorted(rivals, scores, "right")
            wins[:, day] = np.bincount(days, (below + not_above) / 2, rows.day_count)
        return cls(wins, rows.daily(positive), rows.daily(~positive))

    def auc(self, counts: Array) -> Array:
        """The AUC of each resample `[draws, days]`, NaN where one label is absent from it, `[draws]`."""
        pairs = (counts @ self.positives) * (counts @ self.negatives)
        won = np.einsum("di,ij,dj->d", counts, self.wins, counts, optimize=True)
        return np.divide(won, pairs, out=np.full(len(counts), np.nan), where=pairs > 0)

    def within(self, days: Integers) -> "DayAuc":
        """The same for some of the days alone."""
        return DayAuc(self.wins[np.ix_(days, days)], self.positives[days], self.negatives[days])


def auc(model: DayAuc, resampling: Resampling) -> Estimate:
    """The AUC of a model."""
    return _estimate(model.auc, len(model.positives), resampling)


def auc_difference(first: DayAuc, second: DayAuc, resampling: Resampling) -> Estimate:
    """The AUC of `first` minus that of `second` on the same rows, resampled together."""
    return _estimate(lambda counts: first.auc(counts) - second.auc(counts), len(first.positives), resampling)


def brier_skill(rows: ScoredRows, resampling: Resampling) -> Estimate:
    """The Brier skill, each resample's over its own base rate."""
    sizes, hits = rows.daily(np.ones(len(rows.labels))), rows.daily(rows.labels)
    squares = rows.daily((rows.scores - rows.labels) ** 2)

    def skill(counts: Array) -> Array:
        total, positives, errors = counts @ sizes, counts @ hits, counts @ squares
        variance = positives * (total - positives) / total
        return 1 - np.divide(errors, variance, out=np.full(len(counts), np.nan), where=variance > 0)

    return _estimate(skill, rows.day_count, resampling)


def average_precision_lift(rows: ScoredRows, resampling: Resampling) -> Estimate:
    """The average precision over the base rate, each resample's over its own."""
    order = np.argsort(-rows.scores, kind="stable")
    truth, days = rows.labels[order].astype(np.float64), rows.days[order]
    # Rows of equal scores are called positive together, so precision counts at the last of them only.
    ends = np.append(np.flatnonzero(np.diff(rows.scores[order])), len(order) - 1)

    def lift(counts: Array) -> float:
        weights = counts[days]
        called, hits = np.cumsum(weights)[ends], np.cumsum(weights * truth)[ends]
        if not 0 < hits[-1] < called[-1]:
            return np.nan
        precision = np.divide(hits, called, out=np.zeros_like(hits), where=called > 0)
        return float(np.sum(np.diff(hits, prepend=0.0) * precision) * called[-1] / hits[-1] ** 2)

    fewer = replace(resampling, draws=resampling.precision_draws)
    return _estimate(lambda counts: np.array([lift(drawn) for drawn in counts]), rows.day_count, fewer)


def _estimate(figure: Callable[[Array], Array], days: int, resampling: Resampling) -> Estimate:
    """A figure of day counts `[draws, days]`, on each day once and on the resamples."""
    drawn = figure(resamples(days, resampling.seed, resampling.draws))
    tail = (1 - resampling.confidence) / 2
    low, high = np.nanquantile(drawn, [tail, 1 - tail])
    observed = figure(np.ones((1, days)))
    return Estimate(float(observed[0]), float(np.nanstd(drawn, ddof=1)), float(low), float(high))
