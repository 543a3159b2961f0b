"""The statistics of a window (distances, shares, outliers) and the scale on which they are judged."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serving.detectors.distances import Reference
from serving.detectors.gaussian import Floats
from serving.detectors.shares import Shares
from serving.signature import Signature

OUTLIERS = "outliers"
DISTANCE = "distance:"

DISTANCE_FLOOR = 0.03
"""The least unit of a distance: about what K-S strays by chance between 900 rows and 3,000."""
SHARE_FLOOR = 0.05
"""The least unit of a share, on the scale of `stabilised`: three times what 900 rows stray by chance."""


@dataclass(frozen=True)
class Measures:
    """What the windows of a model with this signature are measured against."""

    reference: Reference
    shares: Shares
    signature: Signature

    @classmethod
    def fit(
        cls, rows: NDArray[np.float32], slots: NDArray[np.int64], signature: Signature, seed: int
    ) -> "Measures":
        """Fit to the training rows [n, F], each of a slot of the week [n]."""
        reference = Reference.fit(rows, slots, signature, seed)
        return cls(reference, Shares.fit(rows, signature), signature)

    def measure(self, rows: NDArray[np.float32], slot: int, outliers: NDArray[np.bool_]) -> dict[str, float]:
        """Every statistic, by name, of a window's rows [n > 0, F] and their outlier flags [n]."""
        return {
            **self.reference.measure(rows, slot, self.signature),
            **self.shares.measure(rows, self.signature),
            OUTLIERS: float(outliers.mean()),
        }


def stabilised(values: Floats, names: Sequence[str]) -> Floats:
    """`values` [..., S] of the named statistics, every share p as arcsin(sqrt(p)).

    There it strays by 1 / (2 sqrt(n)) for n rows, whatever p is (Anscombe, The transformation of Poisson,
    binomial and negative-binomial data, 1948).
    """
    share = np.array([not name.startswith(DISTANCE) for name in names])
    return np.where(share, np.arcsin(np.sqrt(np.where(share, values, 0))), values)


def original(values: Floats, names: Sequence[str]) -> Floats:
    """The inverse of `stabilised`; what lies beyond a share of 1 becomes 1."""
    share = np.array([not name.startswith(DISTANCE) for name in names])
    return np.where(share, np.sin(np.clip(values, 0, np.pi / 2)) ** 2, values)


def floors(names: Sequence[str]) -> Floats:
    """The least unit of each named statistic."""
    return np.array([DISTANCE_FLOOR if name.startswith(DISTANCE) else SHARE_FLOOR for name in names])
