"""What a Seldon message holds, whatever it came over, and the form that an answer to it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from seldon_core.utils import get_request_path

from serving.refusal import NO_DATA, RefusedRequestError

Form = Literal["ndarray", "tensor", "other"]

# What the operator calls this node, for the way of a message through the graph; nothing outside of a pod.
REQUEST_PATH: dict[str, str] = get_request_path()
NO_PAYLOAD = "the message has no data"
LARGEST_RANK = 32


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
    """The array of an `ndarray`: numeric, or of objects where a cell is no number.

    Numpy alone would make strings of the numbers beside a string. Raises RefusedRequestError for rows of
    different lengths.
    """
    widths = [len(row) if isinstance(row, list) else -1 for row in rows]
    for position, width in enumerate(widths):
        if width != widths[0]:
            raise RefusedRequestError(f"row {position} is not as long as row 0")
    try:
        array = np.array(rows)
    except (ValueError, OverflowError):
        array = np.empty(0, dtype=object)
    if array.dtype.kind in "biuf":
        return array
    return _array_of_objects(rows, widths[0])


def array_of_tensor(shape: list[int], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The array of a `tensor`; raises RefusedRequestError where its values do not fill its shape."""
    # A product of Python's integers, which do not overflow.
    size = 1
    for length in shape:
        size *= length
    if size != values.size or min(shape, default=0) < 0 or len(shape) > LARGEST_RANK:
        raise RefusedRequestError(f"the tensor's {values.size} values do not fill its shape", NO_DATA)
    return values.reshape(shape)


def _array_of_objects(rows: list[Any], width: int) -> NDArray[Any]:
    cells = [cell for row in rows for cell in row] if width >= 0 else rows
    array = np.empty(len(cells), dtype=object)
    for position, cell in enumerate(cells):
        array[position] = cell
    return array.reshape(len(rows), width) if width >= 0 else array
