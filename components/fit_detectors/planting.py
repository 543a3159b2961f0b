"""Plants faults in rows that no detector was fitted to."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from components.fit_detectors.frames import Rows, rows_of
from feature_repo.faults import RowFault, WindowFault
from feature_repo.history import EVENT_TIMESTAMP
from serving.detectors.windows import months
from serving.signature import Signature

PLANTED_MONTHS = 2
"""In how many of the latest months window faults are planted."""


def latest_months(frame: pd.DataFrame, timezone: str, count: int = PLANTED_MONTHS) -> pd.DataFrame:
    """The rows of the latest `count` local months that occur in `frame`."""
    month = months(pd.DatetimeIndex(frame[EVENT_TIMESTAMP]), timezone)
    return frame[np.isin(month, np.unique(month)[-count:])]


def with_row_faults(
    frame: pd.DataFrame, faults: Mapping[str, RowFault], signature: Signature
) -> Iterator[tuple[str, Rows]]:
    """Each fault by name, and the rows of `frame` that have it, one at a time."""
    for name, fault in faults.items():
        yield name, rows_of(fault(frame), signature)


def with_window_faults(
    frame: pd.DataFrame, faults: Mapping[str, WindowFault], signature: Signature, *, seed: int
) -> Iterator[tuple[str, Rows]]:
    """Each fault by name, and the rows of `frame` (in time order) among which it happened, one at a time."""
    for name, fault in faults.items():
        yield name, rows_of(fault(frame, np.random.default_rng(seed)), signature)
