"""What can be counted in a window whatever the season: the shares of rows with a fault in plain sight.

- missing, of every feature;
- zero, of numbers and cyclic features that are seldom zero in training: where zero is ordinary, as with
  rain, its share is the season's;
- far outside of the training range, of numbers and cyclic features that vary in training;
- a code that training never had, of categories.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from feature_repo.schema import Kind
from serving.detectors.gaussian import Floats
from serving.signature import Signature

MARGIN = 0.25
"""How far beyond the training range, as a part of it, a value still counts as inside.

Training seldom has a year's extremes, and a colder winter is no fault.
"""

SELDOM = 0.01
"""The largest share of zeros in training that makes a zero worth counting."""


@dataclass(frozen=True)
class Shares:
    """What training had, by which values are counted.

    `bounds` [F, 2] are the lowest and the highest value that is no fault, NaN for a feature that has no
    such bounds. `zeros` [F] is 1 where zeros are counted. `seen` [F, L] is 1 where training had code L of
    category F.
    """

    bounds: Floats
    zeros: Floats
    seen: Floats

    @classmethod
    def fit(cls, rows: NDArray[np.float32], signature: Signature) -> "Shares":
        """Take the bounds of the training rows [n, F]."""
        lengths = [len(signature.references[f.reference]) for f in signature.features if f.reference]
        bounds = np.full((rows.shape[1], 2), np.nan)
        zeros = np.zeros(rows.shape[1])
        seen = np.zeros((rows.shape[1], max(lengths, default=0)))
        for position, feature in enumerate(signature.features):
            values = rows[:, position]
            values = values[~np.isnan(values)]
            if feature.kind is Kind.CATEGORY:
                seen[position, np.unique(values).astype(int)] = 1
                continue
            zeros[position] = (values == 0).sum() <= SELDOM * len(rows)
            if values.size and values.min() < values.max():
                low, high = float(values.min()), float(values.max())
                bounds[position] = low - MARGIN * (high - low), high + MARGIN * (high - low)
        return cls(bounds, zeros, seen)

    def measure(self, rows: NDArray[np.float32], signature: Signature) -> dict[str, float]:
        """The shares of `rows` [n > 0, F], by name: `missing:<feature>` and so on."""
        shares: dict[str, float] = {}
        for position, feature in enumerate(signature.features):
            values = rows[:, position]
            missing = np.isnan(values)
            shares[f"missing:{feature.name}"] = float(missing.mean())
            if feature.kind is Kind.CATEGORY:
                known = self.seen[position, values[~missing].astype(int)]
                shares[f"unseen:{feature.name}"] = float((known == 0).sum() / len(values))
                continue
            if self.zeros[position]:
                shares[f"zero:{feature.name}"] = float((values == 0).mean())
            low, high = self.bounds[position]
            if not np.isnan(low):
                outside = (values < low) | (values > high)
                shares[f"outside:{feature.name}"] = float(outside.mean())
        return shares
