"""A frame as the detectors take it: the model's input rows and the instant of each."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serving.signature import Signature

INSTANT = "event_timestamp"


@dataclass(frozen=True)
class Rows:
    """`features` [n, F] float32 in the order of the signature's features, predicted at `times` [n]."""

    features: NDArray[np.float32]
    times: pd.DatetimeIndex


def read_frame(path: Path) -> pd.DataFrame:
    """The frame in a Parquet file; raises ValueError where it has no rows."""
    frame = pd.read_parquet(path)
    if frame.empty:
        raise ValueError(f"{path} has no rows")
    return frame


def rows_of(frame: pd.DataFrame, signature: Signature) -> Rows:
    """What the model sees of a frame; raises KeyError where a feature is not among its columns."""
    return Rows(frame[signature.feature_names].to_numpy(np.float32), pd.DatetimeIndex(frame[INSTANT]))
