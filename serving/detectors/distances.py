"""How far the stable features of a window are from the training rows of its slot of the week.

The distances are those of Alibi Detect's TabularDrift: K-S for numbers and cyclic features, chi-squared
for categories, which is brought to a scale that does not grow with the rows. Its p-values are not used:
days differ from each other by more than chance, so limits come from days (`calibration.py`).

A missing value blinds K-S (its p-value becomes NaN), so a distance is that of the values that are there;
that more of them are missing is counted in `shares.py`.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feature_repo.schema import Family, Feature, Kind
from serving.detectors.gaussian import Floats
from serving.signature import Signature

ROWS_A_SLOT = 3000
"""How many training rows a slot keeps: three times a window's, so that the window's noise leads."""


@dataclass(frozen=True)
class Reference:
    """Training rows to compare with: `rows` [m, stable features] and the slot [m] of each."""

    features: tuple[Feature, ...]
    rows: Floats
    slots: Floats
    _detectors: dict[tuple[int, int], Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def fit(
        cls, rows: NDArray[np.float32], slots: NDArray[np.int64], signature: Signature, seed: int
    ) -> "Reference":
        """Keep a sample of the training rows [n, F] of each slot."""
        generator = np.random.default_rng(seed)
        kept = []
        for slot in np.unique(slots):
            members = np.flatnonzero(slots == slot)
            kept.append(np.sort(generator.choice(members, min(len(members), ROWS_A_SLOT), replace=False)))
        sample = np.concatenate(kept)
        features, columns = stable_features(signature)
        return cls(features, rows[np.ix_(sample, columns)].astype(np.float64), slots[sample].astype(float))

    def measure(self, rows: NDArray[np.float32], slot: int, signature: Signature) -> dict[str, float]:
        """The distance of each stable feature of `rows` [n, F], as `distance:<feature>`.

        It is 0 where there is nothing to compare: in the window, where every value is missing, or in
        training, where the slot never occurred.
        """
        columns = stable_features(signature)[1]
        distances = {}
        for index, (feature, column) in enumerate(zip(self.features, columns, strict=True)):
            values = _present(rows[:, column].astype(np.float64))
            distances[f"distance:{feature.name}"] = self._distance(index, slot, values)
        return distances

    def _distance(self, index: int, slot: int, values: Floats) -> float:
        reference = _present(self.rows[self.slots == slot, index])
        if not values.size or not reference.size:
            return 0.0
        category = self.features[index].kind is Kind.CATEGORY
        if (index, slot) not in self._detectors:
            self._detectors[index, slot] = _detector(reference, category=category)
        _, distance = self._detectors[index, slot].score(values[:, None])
        if not category:
            return float(distance[0])
        # With shares p and q, chi-squared is m n / (m + n) times sum (p - q)² / pooled share.
        return float(np.sqrt(distance[0] * (1 / values.size + 1 / reference.size)))


def stable_features(signature: Signature) -> tuple[tuple[Feature, ...], list[int]]:
    """The features whose distribution is compared, and their columns."""
    pairs = [
        (feature, position)
        for position, feature in enumerate(signature.features)
        if feature.family is Family.STABLE
    ]
    return tuple(feature for feature, _ in pairs), [position for _, position in pairs]


def _present(values: Floats) -> Floats:
    return values[~np.isnan(values)]


def _detector(reference: Floats, *, category: bool) -> Any:
    # Imported here, since it takes seconds: see `gaussian.py`.
    from alibi_detect.cd import TabularDrift  # noqa: PLC0415

    # A list of categories for column 0, or for none: without one TabularDrift warns.
    codes = {0: [float(code) for code in np.unique(reference)]} if category else {}
    return TabularDrift(reference[:, None], categories_per_feature=codes)
