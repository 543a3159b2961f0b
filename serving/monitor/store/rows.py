"""The rows of a window, each with its prediction: request and response, in whatever order they came."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, select

from serving.monitor import records
from serving.monitor.store import schema


@dataclass(frozen=True)
class WindowRows:
    """The rows of a window: `features` float32 [n, F], `outliers` bool [n].

    `probabilities` float32 [m]: of the rows that were answered. `counted`: how many rows the window has,
    which may be more than were read.
    """

    features: NDArray[np.float32]
    outliers: NDArray[np.bool_]
    probabilities: NDArray[np.float32]
    counted: int


def window_rows(  # noqa: PLR0913 - which window, and how much of it
    connection: Connection, scope: str, model_version: str, start: int, *, features: int, limit: int
) -> WindowRows:
    """The rows of the window that begins at `start`, of `features` columns, about `limit` of them at most.

    Of a window with more rows, those of the first requests by their ids are read, which the executor
    draws at random. What is counted is at least what is read.
    """
    counted = connection.execute(
        select(schema.windows.c.rows).where(
            schema.windows.c.scope == scope,
            schema.windows.c.model_version == model_version,
            schema.windows.c.window_start == start,
        )
    ).scalar_one()
    rows: list[Any] = []
    read = 0
    for row in connection.execute(_statement(scope, model_version, start, limit)):
        rows.append(row)
        read += len(row.outliers)
        if read >= limit:
            break
    return WindowRows(
        features=_joined((row.features for row in rows), records.FEATURES).reshape(-1, features),
        outliers=_joined((row.outliers for row in rows), records.OUTLIERS),
        probabilities=_joined(_answers(rows), records.PROBABILITIES),
        counted=counted,
    )


def answered() -> Any:
    """A request and its response: the same request id and node."""
    slices, responses = schema.slices.c, schema.responses.c
    return (
        (responses.scope == slices.scope)
        & (responses.request_id == slices.request_id)
        & (responses.node == slices.node)
    )


def _statement(scope: str, model_version: str, start: int, limit: int) -> Select[Any]:
    slices = schema.slices.c
    return (
        select(slices.positions, slices.features, slices.outliers, schema.responses.c.probabilities)
        .outerjoin(schema.responses, answered())
        .where(slices.scope == scope, slices.model_version == model_version, slices.window_start == start)
        .order_by(slices.request_id)
        # A slice has a row at least.
        .limit(limit)
    )


def _answers(rows: Iterable[Any]) -> Iterable[bytes]:
    """The probabilities of each slice's own rows; none where the request was not answered."""
    for row in rows:
        if row.probabilities is not None:
            values = np.frombuffer(row.probabilities, records.PROBABILITIES)
            positions = np.frombuffer(row.positions, records.POSITIONS)
            # An answer with fewer rows than the request is not an answer to it.
            if positions.max() < len(values):
                yield values[positions].tobytes()


def _joined(parts: Iterable[bytes], dtype: np.dtype[Any]) -> NDArray[Any]:
    return np.frombuffer(b"".join(parts), dtype)
