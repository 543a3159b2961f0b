"""What a Seldon message holds, whatever it came over, and the form that an answer to it takes."""

from array import array
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from seldon_core.utils import get_request_path

from serving.refusal import NO_DATA, RefusedRequestError

Form = Literal["ndarray", "tensor", "other"]

# What the operator calls this node, for the way of a message through the graph; nothing outside of a pod.
REQUEST_PATH: dict[str, str] = get_request_path()
NO_PAYLOAD = "the message has no data"


@dataclass(frozen=True)
class Content:
    """The payload of a message, as a Seldon component takes it, with the names of its columns.

    `payload` is an array, or what `jsonData`, `strData` or `binData` held.
    """

    payload: Any
    form: Form
    names: list[str]


@dataclass(frozen=True)
class Answer:
    """What a component answers; `data` is an array, or what goes into `jsonData`, `strData` or `binData`."""

    data: Any
    names: list[str]
    tags: Mapping[str, Any]
    metrics: list[dict[str, Any]]


class Codec(Protocol):
    """How messages are written on one transport; `json_message` and `protobuf_message` are the two."""

    def decode(self, body: bytes) -> Any:
        """Read a message; raises RefusedRequestError where it is none."""

    def content(self, message: Any) -> Content:
        """The payload of a message; raises RefusedRequestError where there is none."""

    def meta_of(self, message: Any) -> dict[str, Any]:
        """The meta data of a message, as a component takes it."""

    def encode(self, request: Any, form: Form, answer: Answer) -> bytes:
        """The answer to a message, with what the message had in its meta data."""


def answer_form(request: Form, result: NDArray[Any]) -> Form:
    """How an array is sent back: as the rows came where it is numeric, else in the one way that fits."""
    if not np.issubdtype(result.dtype, np.number):
        return "ndarray"
    return request if request != "other" else "tensor"


def array_of_rows(rows: list[Any]) -> NDArray[Any]:
    """The array of an `ndarray`: of doubles, as protobuf has numbers, or of objects where a cell is none.

    Numpy alone would make strings of the numbers beside a string, and every one as large as the longest.
    Raises RefusedRequestError for rows of different lengths.
    """
    widths = [len(row) if isinstance(row, list) else -1 for row in rows]
    for position, width in enumerate(widths):
        if width != widths[0]:
            raise RefusedRequestError(f"row {position} is not as long as row 0")
    is_table = max(widths, default=-1) >= 0
    cells = list(chain.from_iterable(rows)) if is_table else rows
    try:
        values = np.array(array("d", cells))
    except (TypeError, OverflowError):
        values = _array_of_objects(cells)
    return values.reshape(len(rows), widths[0]) if is_table else values


def array_of_tensor(shape: list[int], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The array of a `tensor`; raises RefusedRequestError where its values cannot take its shape."""
    # Numpy alone knows what shapes there can be, but takes a negative length for one that it is to find out.
    with suppress(ValueError):
        if min(shape, default=0) >= 0:
            return values.reshape(shape)
    raise RefusedRequestError(f"the tensor's {values.size} values cannot take its shape", NO_DATA)


def _array_of_objects(cells: list[Any]) -> NDArray[Any]:
    values = np.empty(len(cells), dtype=object)
    # One by one: numpy would look into a cell that is a list.
    for position, cell in enumerate(cells):
        values[position] = cell
    return values
