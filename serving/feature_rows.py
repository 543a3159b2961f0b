"""The numeric rows that pass between the nodes: checked, and as the model takes them."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.refusal import NO_DATA, RefusedRequestError, check_count, shown

Rows = NDArray[np.float32]


def feature_rows(payload: Any, names: Iterable[str], features: Sequence[str], maximum_rows: int) -> Rows:
    """The rows [n, F] of a message between nodes, NaN where a value is missing (None in an object array).

    Raises RefusedRequestError where they are no numeric rows of the F `features`, in their order.
    """
    if not isinstance(payload, np.ndarray):
        raise RefusedRequestError("the features come as data.ndarray or data.tensor", NO_DATA)
    check_count(len(payload) if payload.ndim else 0, maximum_rows)
    if payload.ndim != 2 or payload.shape[1] != len(features):
        raise RefusedRequestError(f"the shape is {payload.shape}, a row has {len(features)} features")
    given = list(names)
    if given and given != list(features):
        raise RefusedRequestError("data.names are not the model's features in their order")
    with np.errstate(over="ignore"):
        rows: Rows = _numbers(payload, features).astype(np.float32)
    infinite = np.isinf(rows)
    if infinite.any():
        row, column = np.argwhere(infinite)[0]
        raise RefusedRequestError(f"row {row}: feature {features[column]!r} is infinite")
    return rows


def _numbers(payload: NDArray[Any], features: Sequence[str]) -> NDArray[Any]:
    if payload.dtype.kind in "iuf":
        return payload
    for row, cells in enumerate(payload.tolist()):
        for name, cell in zip(features, cells, strict=True):
            if cell is not None and (isinstance(cell, bool) or not isinstance(cell, (int, float))):
                raise RefusedRequestError(f"row {row}: feature {name!r} must be a number, not {shown(cell)}")
    try:
        return payload.astype(np.float64)
    except OverflowError as error:
        raise RefusedRequestError("a value is too large for a number") from error
