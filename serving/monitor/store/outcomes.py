"""Predictions whose outcome is known: what was answered beside the actuals that came by feedback."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from serving.monitor import records
from serving.monitor.store import schema
from serving.monitor.store.rows import answered


@dataclass(frozen=True)
class LabelledRows:
    """Predictions whose outcome is known: probabilities float64 [n], actuals int8 [n], when predicted [n]."""

    probabilities: NDArray[np.float64]
    actuals: NDArray[np.int8]
    predicted_at: NDArray[np.float64]


def has_feedback(connection: Connection, scope: str) -> bool:
    """Whether any feedback is stored."""
    feedback = schema.feedback.c
    # By the primary key's order: read as the table lies, the first one may be its last.
    statement = select(feedback.request_id).where(feedback.scope == scope).order_by(feedback.request_id)
    return connection.execute(statement.limit(1)).first() is not None


def feedback_since(connection: Connection, scope: str, instant: float) -> int:
    """How many stored feedback events were received after an instant (seconds since 1970)."""
    feedback = schema.feedback.c
    # With the scope in the condition, too, a database may take the index by scope, and read all of it.
    of_scope = func.count().filter(feedback.scope == scope)
    return connection.execute(select(of_scope).where(feedback.received_at > instant)).scalar_one()


def versions(connection: Connection, scope: str) -> list[str]:
    """The model versions that have predictions, whether or not an outcome is known."""
    windows = schema.windows.c
    statement = select(windows.model_version).where(windows.scope == scope).distinct()
    return sorted(connection.execute(statement).scalars())


def labelled_rows(connection: Connection, scope: str, model_version: str, limit: int) -> LabelledRows:
    """The latest predictions of a model version whose outcome is known, about `limit` of them at most.

    Where several feedbacks speak of a row, the one that was received last and knows it counts.
    """
    probabilities: list[float] = []
    actuals: list[int] = []
    predicted_at: list[float] = []
    for answers, known, instant in _outcomes(connection, scope, model_version, limit):
        labelled = known != records.UNKNOWN
        probabilities += answers[labelled].tolist()
        actuals += known[labelled].tolist()
        predicted_at += [instant] * int(labelled.sum())
        if len(actuals) >= limit:
            break
    return LabelledRows(
        np.array(probabilities), np.array(actuals, dtype=np.int8), np.array(predicted_at, dtype=np.float64)
    )


def _outcomes(
    connection: Connection, scope: str, model_version: str, limit: int
) -> Iterable[tuple[NDArray[np.float32], NDArray[np.int8], float]]:
    """The probabilities and the actuals of each slice that was spoken of, the latest predictions first."""
    slices, feedback = schema.slices.c, schema.feedback.c
    spoken_of = (
        select(feedback.prediction_id)
        .where(feedback.scope == scope, feedback.prediction_id == slices.request_id)
        .exists()
    )
    statement = (
        select(slices.request_id, slices.positions, slices.predicted_at, schema.responses.c.probabilities)
        .join(schema.responses, answered())
        .where(slices.scope == scope, slices.model_version == model_version, spoken_of)
        .order_by(slices.predicted_at.desc(), slices.request_id)
        # A slice has a row at least.
        .limit(limit)
    )
    for chunk in connection.execute(statement).partitions(500):
        actuals = _actuals(connection, scope, [row.request_id for row in chunk])
        for row in chunk:
            answers = np.frombuffer(row.probabilities, records.PROBABILITIES)
            positions = np.frombuffer(row.positions, records.POSITIONS)
            known = _merged(actuals[row.request_id], len(answers))
            if positions.max() < len(answers):
                yield answers[positions], known[positions], row.predicted_at


def _actuals(connection: Connection, scope: str, request_ids: Sequence[str]) -> dict[str, list[bytes]]:
    """What the feedbacks say of each prediction, in the order in which they were received."""
    feedback = schema.feedback.c
    statement = (
        select(feedback.prediction_id, feedback.actuals)
        .where(feedback.scope == scope, feedback.prediction_id.in_(request_ids))
        .order_by(feedback.received_at, feedback.request_id)
    )
    found: dict[str, list[bytes]] = {}
    for row in connection.execute(statement):
        found.setdefault(row.prediction_id, []).append(row.actuals)
    return found


def _merged(parts: Iterable[bytes], rows: int) -> NDArray[np.int8]:
    """One actual a row; feedback of another number of rows does not speak of this prediction."""
    merged = np.full(rows, records.UNKNOWN, dtype=np.int8)
    for part in parts:
        actuals = np.frombuffer(part, records.ACTUALS)
        if len(actuals) == rows:
            merged = np.where(actuals == records.UNKNOWN, merged, actuals)
    return merged
