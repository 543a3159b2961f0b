"""How well probabilities fit the truth: over all rows, by month, and by the codes of a category."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

from components.train.frame import Frame, Labels
from components.validate.scoring import Probabilities
from serving.signature import Signature


@dataclass(frozen=True)
class Performance:
    """The figures of some rows; AUC, average precision and Brier skill are None where one label is absent.

    `brier_skill` is 1 - Brier / (p (1 - p)), where p is the base rate of the same rows: the share of the
    error of always answering p that the model takes away (Murphy 1973).
    """

    rows: int
    base_rate: float
    auc: float | None
    average_precision: float | None
    brier: float
    brier_skill: float | None


def measure(labels: Labels, probabilities: Probabilities) -> Performance:
    """The figures of rows `[n]`, n of 1 and more."""
    base_rate = float(labels.mean())
    brier = float(np.mean((probabilities - labels) ** 2))
    if base_rate in {0.0, 1.0}:
        return Performance(len(labels), base_rate, None, None, brier, None)
    return Performance(
        rows=len(labels),
        base_rate=base_rate,
        auc=float(roc_auc_score(labels, probabilities)),
        average_precision=float(average_precision_score(labels, probabilities)),
        brier=brier,
        brier_skill=1 - brier / (base_rate * (1 - base_rate)),
    )


def months(times: pd.DatetimeIndex, timezone: str) -> pd.PeriodIndex:
    """The month of each instant in a time zone; as text it is `YYYY-MM`."""
    return times.tz_convert(timezone).tz_localize(None).to_period("M")


def by_month(frame: Frame, probabilities: Probabilities, timezone: str) -> dict[str, Performance]:
    """The figures of each month, in order."""
    return _by_group(pd.Series(months(frame.times, timezone)), frame.labels, probabilities)


def by_slice(
    frame: Frame, probabilities: Probabilities, signature: Signature
) -> Mapping[str, dict[str, Performance]]:
    """For each feature that the signature slices by, the figures of each of its codes, the largest first."""
    slices = {}
    for feature in signature.features:
        if feature.name in signature.slices and feature.reference is not None:
            column = frame.features[:, frame.names.index(feature.name)]
            labels = dict(enumerate(signature.references[feature.reference]))
            groups = pd.Series(column).map(labels).fillna("(missing)")
            figures = _by_group(groups, frame.labels, probabilities)
            slices[feature.name] = dict(sorted(figures.items(), key=lambda item: -item[1].rows))
    return slices


def _by_group(groups: pd.Series, labels: Labels, probabilities: Probabilities) -> dict[str, Performance]:
    positions = groups.groupby(groups).indices
    return {str(name): measure(labels[rows], probabilities[rows]) for name, rows in sorted(positions.items())}
