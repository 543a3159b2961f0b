"""The requests of a replay, as they are read from a file, and the faults that are planted in them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from serving.signature import Signature

PREDICTED_AT, ACTUAL, KNOWN_AT, MISSING = "predicted_at", "actual", "known_at", "missing_features"
"""The columns beside the request fields: when it is predicted, what came true and when that is known, and
how many features a point-in-time join has missing."""


@dataclass(frozen=True)
class ReplayedRequest:
    """One request of one row; `fields` are as JSON has them.

    `actual` and `known_at` are None where nobody knows what came true, `missing` where nobody has joined.
    """

    fields: dict[str, Any]
    predicted_at: datetime
    actual: int | None = None
    known_at: datetime | None = None
    missing: int | None = None


def read_requests(path: Path, signature: Signature) -> list[ReplayedRequest]:
    """The requests of a Parquet file, in the order of their predictions."""
    table = pd.read_parquet(path).sort_values(PREDICTED_AT, kind="stable")
    names = [field.name for field in signature.request_fields]
    return [
        ReplayedRequest(
            fields={name: _plain(row[name]) for name in names},
            predicted_at=row[PREDICTED_AT].to_pydatetime(),
            actual=None if pd.isna(row[ACTUAL]) else int(row[ACTUAL]),
            known_at=None if pd.isna(row[KNOWN_AT]) else row[KNOWN_AT].to_pydatetime(),
            missing=int(row[MISSING]),
        )
        for row in table.to_dict(orient="records")
    ]


def shifted(requests: Iterable[ReplayedRequest], time_field: str, by: timedelta) -> list[ReplayedRequest]:
    """The requests with another time in their time field, and so predicted at another time.

    What comes true is that of the unshifted request, and so left out.
    """
    return [
        ReplayedRequest(
            fields=request.fields
            | {time_field: (datetime.fromisoformat(request.fields[time_field]) + by).isoformat()},
            predicted_at=request.predicted_at + by,
        )
        for request in requests
    ]


def absurd(request: ReplayedRequest, signature: Signature) -> ReplayedRequest:
    """The request with every bounded number at its upper bound: permitted, and like nothing in training."""
    highest = {field.name: field.maximum for field in signature.request_fields if field.maximum is not None}
    return replace(request, fields=request.fields | highest, actual=None, known_at=None, missing=None)


def _plain(value: Any) -> Any:
    """A cell as JSON has it."""
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value
