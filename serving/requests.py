"""What a client asks: rows of the signature's request fields, checked until nothing can surprise a node.

The rules are those of the signature alone, and the same for both transports: a number that is whole is an
integer, since protobuf knows no others.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from feature_repo.schema import RequestField
from serving.refusal import NO_DATA, RefusedRequestError, check_count, shown
from serving.signature import Signature

ROWS = "rows"
# Up to here a double, which is what protobuf sends, tells every integer from the next.
LARGEST_INTEGER = 2**53
DECIMAL = re.compile(r"-?\d+(\.\d*)?")
# Event timestamps are counted from 1970, and pandas counts nanoseconds until 2262.
EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
LATEST = datetime(2262, 1, 1, tzinfo=UTC)

type Convert = Callable[[Any], Any]
type Column = NDArray[Any] | pd.DatetimeIndex


class _FaultError(ValueError):
    """What is wrong with one value; the reader adds its row and its field."""


@dataclass(frozen=True)
class RequestReader:
    """Reads the rows of requests to one model."""

    signature: Signature
    maximum_rows: int

    def read(self, payload: Any, names: Iterable[str]) -> pd.DataFrame:
        """The rows of a request as a table [n, the request fields], in request order.

        Strings and null are objects, integers int64, numbers float64, instants datetimes in UTC.

        Args:
            payload: an array [n, k] with one column a name, or a dictionary whose `rows` are objects.
            names: the names of the columns of an array.

        Raises:
            RefusedRequestError: names the row and the field at fault.
        """
        cells = self._of_objects(payload) if isinstance(payload, dict) else self._of_array(payload, names)
        columns = {
            field.name: self._column(field, values)
            for field, values in zip(self.signature.request_fields, cells, strict=True)
        }
        return pd.DataFrame(columns)

    def example(self) -> dict[str, Any]:
        """A row that is not refused, and that no client sent."""
        return {field.name: _example(field, self.signature) for field in self.signature.request_fields}

    def _of_objects(self, payload: Mapping[str, Any]) -> list[Sequence[Any]]:
        rows = payload.get(ROWS)
        if not isinstance(rows, list):
            raise RefusedRequestError(f"jsonData has no list of {ROWS}", NO_DATA)
        if others := [name for name in payload if name != ROWS]:
            raise RefusedRequestError(f"jsonData has the unknown entry {shown(others[0])}")
        check_count(len(rows), self.maximum_rows)
        for position, row in enumerate(rows):
            if not isinstance(row, dict):
                raise RefusedRequestError(f"row {position} is no object")
            self._check_names(row, f"row {position}: ")
        return [[row[field.name] for row in rows] for field in self.signature.request_fields]

    def _of_array(self, payload: Any, names: Iterable[str]) -> list[Sequence[Any]]:
        if not isinstance(payload, np.ndarray):
            raise RefusedRequestError(
                f"rows come as data.ndarray with data.names, or as jsonData.{ROWS}", NO_DATA
            )
        check_count(len(payload) if payload.ndim else 0, self.maximum_rows)
        given = list(names)
        self._check_names(given, "data.names: ")
        if payload.ndim != 2 or payload.shape[1] != len(given):
            raise RefusedRequestError(
                f"row 0 does not have one value for each of the {len(given)} data.names"
            )
        # The stock wrapper makes strings of the numbers in rows that have strings too.
        restored = payload.dtype.kind == "U"
        columns = dict(zip(given, payload.T.tolist(), strict=True))
        return [
            _restored(field, columns[field.name]) if restored else columns[field.name]
            for field in self.signature.request_fields
        ]

    def _check_names(self, given: Iterable[str], place: str) -> None:
        known = {field.name for field in self.signature.request_fields}
        found = list(given)
        if unknown := [name for name in found if name not in known]:
            raise RefusedRequestError(f"{place}the field {shown(unknown[0])} is unknown")
        if missing := [field.name for field in self.signature.request_fields if field.name not in found]:
            raise RefusedRequestError(f"{place}the field {missing[0]!r} is missing")
        if len(found) != len(known):
            raise RefusedRequestError(f"{place}a field is named twice")

    def _column(self, field: RequestField, values: Sequence[Any]) -> Column:
        convert = _converter(field, self.signature)
        converted = []
        for position, value in enumerate(values):
            try:
                converted.append(convert(value))
            except _FaultError as fault:
                raise RefusedRequestError(f"row {position}: the field {field.name!r} {fault}") from fault
        # Arrays, since a table of them is made ten times as fast as one of columns with types of their own.
        column = np.fromiter(converted, DTYPES[field.type], len(converted))
        return pd.DatetimeIndex(column).tz_localize(UTC) if field.type == "instant" else column


def _converter(field: RequestField, signature: Signature) -> Convert:
    reference = None if field.reference is None else frozenset(signature.references[field.reference])
    return partial(CONVERTERS[field.type], field, reference)


def _string(field: RequestField, codes: frozenset[str] | None, value: Any) -> str | None:
    if value is None and field.null_key is not None:
        return None
    if not isinstance(value, str):
        raise _FaultError(f"must be a string, not {shown(value)}")
    if codes is not None and value not in codes:
        raise _FaultError(f"is {shown(value)}, which is not in the list {field.reference!r}")
    return value


def _number(field: RequestField, _: object, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _FaultError(f"must be a number, not {shown(value)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise _FaultError(f"must be a finite number, not {shown(value)}")
    if field.minimum is not None and value < field.minimum:
        raise _FaultError(f"must be at least {field.minimum:g}, it is {shown(value)}")
    if field.maximum is not None and value > field.maximum:
        raise _FaultError(f"must be at most {field.maximum:g}, it is {shown(value)}")
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        raise _FaultError(f"must lie within {LARGEST_INTEGER} of 0, it is {shown(value)}")
    return value


def _integer(field: RequestField, codes: object, value: Any) -> int:
    number = _number(field, codes, value)
    if number != int(number) or abs(number) > LARGEST_INTEGER:
        raise _FaultError(f"must be an integer, not {shown(value)}")
    return int(number)


def _instant(_: RequestField, __: object, value: Any) -> np.datetime64:
    if not isinstance(value, str):
        raise _FaultError(f"must be an ISO 8601 instant, not {shown(value)}")
    try:
        instant = datetime.fromisoformat(value)
    except ValueError as error:
        raise _FaultError(f"must be an ISO 8601 instant, not {shown(value)}") from error
    if instant.tzinfo is None:
        raise _FaultError(f"must have an offset from UTC, it is {shown(value)}")
    if not EARLIEST <= instant <= LATEST:
        raise _FaultError(f"must lie between {EARLIEST.date()} and {LATEST.date()}, it is {shown(value)}")
    return np.datetime64(instant.astimezone(UTC).replace(tzinfo=None), "us")


def _restored(field: RequestField, values: list[str]) -> list[Any]:
    """The values of a numeric field that came as strings; what is no number stays, and is refused."""
    if field.type not in {"integer", "number"}:
        return values
    return [float(value) if DECIMAL.fullmatch(value) else value for value in values]


def _example(field: RequestField, signature: Signature) -> Any:
    if field.reference is not None:
        return signature.references[field.reference][0]
    match field.type:
        case "string":
            return field.null_key or ""
        case "instant":
            return EARLIEST.isoformat()
        case _:
            return max(field.minimum or 0, 0) if field.maximum is None else field.maximum


CONVERTERS: dict[str, Callable[..., Any]] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "instant": _instant,
}
DTYPES = {
    "string": "object",
    "integer": "int64",
    "number": "float64",
    "instant": "datetime64[us]",
}
