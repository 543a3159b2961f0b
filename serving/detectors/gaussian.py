"""One Gaussian over standardised features, fitted and scored by Alibi Detect's mixture.

Two things are added to the mixture, since features are often missing and seldom Gaussian:

- A missing value is replaced by its expectation given the values that are there (the conditional mean of
  a Gaussian; Murphy, Probabilistic Machine Learning, 2022, 3.2.3). So it neither accuses nor excuses a
  row. A median in its place would: where two features nearly determine a third, that third at its median
  is far from what they say.
- Where rare but sound values lie far outside of what the spread allows, be it in a feature or in a
  principal axis (a combination of features that nearly cancels, but not on every day), the variance is
  widened to cover them. Otherwise they use up the threshold, and real faults pass below it.
"""

from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

COMPLETIONS = 2
"""How often the missing values are filled anew from the last fit.

A third time changes the verdict on fewer than one row in 10,000.
"""

BITS = 32

TAIL_SHARE = 0.001
"""The share of values on either side that may lie outside of a feature's central spread."""


@dataclass(frozen=True)
class Gaussian:
    """A Gaussian over F features: `mean` [F], `covariance` [F, F]."""

    mean: Floats
    covariance: Floats

    @classmethod
    def fit(cls, rows: Floats) -> "Gaussian":
        """Fit to `rows` [n, F], of about zero median and unit scale, NaN where missing."""
        fitted = cls._of_complete(np.where(np.isnan(rows), 0, rows))
        for _ in range(COMPLETIONS):
            fitted = cls._of_complete(fitted.complete(rows))
        covariance = fitted.covariance + np.diag(_tail_variance(rows, np.diag(fitted.covariance)))
        variances, axes = np.linalg.eigh(covariance)
        along = (fitted.complete(rows) - fitted.mean) @ axes
        widened = variances + _tail_variance(along, variances)
        return cls(fitted.mean, (axes * widened) @ axes.T)

    @classmethod
    def _of_complete(cls, rows: Floats) -> "Gaussian":
        detector = _mixture_detector()
        detector.fit(rows)
        mixture = detector.backend.gmm
        return cls(mixture.means_[0], mixture.covariances_[0])

    def complete(self, rows: Floats) -> Floats:
        """`rows` [n, F] with each missing value at its expectation given the others of its row."""
        missing = np.isnan(rows)
        completed = rows.copy()
        # Rows that miss the same features share one linear system.
        _, first, members = np.unique(_patterns(missing), return_index=True, return_inverse=True)
        for pattern, row in enumerate(first):
            gone, known = np.flatnonzero(missing[row]), np.flatnonzero(~missing[row])
            if gone.size:
                where = np.flatnonzero(members == pattern)
                weights = np.linalg.solve(
                    self.covariance[np.ix_(known, known)], self.covariance[np.ix_(known, gone)]
                )
                deviations = rows[np.ix_(where, known)] - self.mean[known]
                completed[np.ix_(where, gone)] = self.mean[gone] + deviations @ weights
        return completed

    def score(self, rows: Floats) -> Floats:
        """The negative log-likelihood of each completed row of `rows` [n, F]; the higher, the stranger."""
        if not len(rows):
            return np.zeros(0)  # scikit-learn refuses what has no rows.
        scores: Floats = self._detector.score(self.complete(rows))
        return scores

    @cached_property
    def _detector(self) -> Any:
        """Alibi Detect's mixture with these parameters, which it has no public way to be given."""
        precision_root = np.linalg.cholesky(np.linalg.inv(self.covariance))
        mixture = _mixture_detector()
        mixture.backend.gmm = _sklearn_mixture()
        mixture.backend.gmm.weights_ = np.ones(1)
        mixture.backend.gmm.means_ = self.mean[None]
        mixture.backend.gmm.covariances_ = self.covariance[None]
        mixture.backend.gmm.precisions_cholesky_ = precision_root[None]
        mixture.backend._set_fitted()  # noqa: SLF001 - see above
        return mixture


def _patterns(missing: NDArray[np.bool_]) -> NDArray[np.int64]:
    """A number [n] for each row of `missing` [n, F], the same for the same row; sorting rows is slower."""
    numbers = np.zeros(len(missing), dtype=np.int64)
    for start in range(0, missing.shape[1], BITS):
        block = missing[:, start : start + BITS]
        bits = block @ (1 << np.arange(block.shape[1], dtype=np.int64))
        numbers = np.unique(numbers << BITS | bits, return_inverse=True)[1]
    return numbers


def _tail_variance(columns: Floats, variances: Floats) -> Floats:
    """What each column's variance lacks to cover the central share of its values as a Gaussian would."""
    low, high = np.nanquantile(columns, [TAIL_SHARE, 1 - TAIL_SHARE], axis=0)
    spread = (high - low) / (2 * NormalDist().inv_cdf(1 - TAIL_SHARE))
    lacking: Floats = np.maximum(0, spread**2 - variances)
    return lacking


def _mixture_detector() -> Any:
    # Imported here: it takes seconds and 265 MB, and the modules that only read a detector's settings
    # or its figures must stay light. The public namespace of Alibi Detect does not export this class.
    from alibi_detect.od._gmm import GMM  # noqa: PLC0415

    return GMM(n_components=1, backend="sklearn")


def _sklearn_mixture() -> Any:
    from sklearn.mixture import GaussianMixture  # noqa: PLC0415 - as above

    return GaussianMixture(n_components=1)
