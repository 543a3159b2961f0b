"""A frame as the detectors take it: the model's input rows and the instant of each."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from feature_repo.history import EVENT_TIMESTAMP
from serving.signature import Signature


@dataclass(frozen=True)
class Rows:
    """`features` [n, F] float32 in the order of the signature's features, predicted at `times` [n]."""

    features: NDArray[np.float32]
    times: pd.DatetimeIndex


def rows_of(frame: pd.DataFrame, signature: Signature) -> Rows:
    """What the model sees of a frame."""
    return Rows(frame[signature.feature_names].to_numpy(np.float32), pd.DatetimeIndex(frame[EVENT_TIMESTAMP]))
