"""A frame as arrays: the model's input, the truth, and the instants, checked against the signature."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from feature_repo.history import EVENT_TIMESTAMP
from serving.signature import Signature

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int8]


class InvalidFrameError(ValueError):
    """A frame does not hold what the signature says."""


@dataclass(frozen=True)
class Frame:
    """The labelled rows of one period, in time order.

    - `features`: float32 `[n, F]` in the order of `names`; NaN where missing.
    - `labels`: int8 `[n]`, 0 or 1.
    - `times`: the instants of the predictions, `[n]`, timezone-aware.
    - `names`: the columns of `features`.
    """

    features: Floats
    labels: Labels
    times: pd.DatetimeIndex
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)


def read_frame(path: Path, signature: Signature) -> Frame:
    """Read the columns of a frame that a model needs; raises InvalidFrameError as `read_table` does."""
    table = read_table(path, signature, _needed(signature))
    return Frame(
        features=np.ascontiguousarray(table[signature.feature_names].to_numpy(dtype=np.float32)),
        labels=table[signature.label].to_numpy(dtype=np.int8),
        times=pd.DatetimeIndex(table[EVENT_TIMESTAMP]),
        names=tuple(signature.feature_names),
    )


def read_table(path: Path, signature: Signature, columns: list[str] | None = None) -> pd.DataFrame:
    """Read some columns of a frame, or all, once it is known to hold what the signature says.

    Raises InvalidFrameError where a column that a model needs is missing, there is no row, a label is
    neither 0 nor 1, or the instants are not timezone-aware.
    """
    absent = [name for name in _needed(signature) if name not in pq.read_schema(path).names]
    if absent:
        raise InvalidFrameError(f"{path} lacks the columns {', '.join(absent)}")
    table = pq.read_table(path, columns=columns).to_pandas()
    if table.empty:
        raise InvalidFrameError(f"{path} has no rows")
    if pd.DatetimeIndex(table[EVENT_TIMESTAMP]).tz is None:
        raise InvalidFrameError(f"{path}: {EVENT_TIMESTAMP} has no time zone")
    strange = table.loc[~table[signature.label].isin([0, 1]), signature.label]
    if not strange.empty:
        raise InvalidFrameError(
            f"{path}: {signature.label} is {strange.iloc[0]} in {len(strange)} rows, not 0 or 1"
        )
    return table


def _needed(signature: Signature) -> list[str]:
    return [*signature.feature_names, signature.label, EVENT_TIMESTAMP]
