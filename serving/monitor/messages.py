"""The body of an event: a Seldon message in JSON (REST) or protobuf (gRPC), as plain numbers.

A value that is missing is `null` in JSON and NaN in protobuf; here it is NaN.
"""

from dataclasses import dataclass
from typing import Any, Literal

import msgspec
import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from seldon_core.proto import prediction_pb2

from serving.messages.json_message import Tensor
from serving.messages.protobuf_message import plain
from serving.monitor.refusal import Reason, RefusedEventError

PROTOBUF = "application/protobuf"

Floats = NDArray[np.float64]
Cell = float | None


@dataclass(frozen=True)
class Message:
    """The names of the columns, the values [n, columns], and what the nodes say of the rows."""

    names: list[str]
    values: Floats
    tags: dict[str, Any]


@dataclass(frozen=True)
class Feedback:
    """The id of the request that is spoken of, and the truth of its rows [n] (NaN where unknown)."""

    prediction_id: str
    truth: Floats


class JsonData(msgspec.Struct):
    """The data of a message in Seldon's JSON: of numbers alone, unlike what a node takes."""

    names: list[str] | None = None
    tensor: Tensor | None = None
    ndarray: list[list[Cell] | Cell] | None = None


class JsonMeta(msgspec.Struct):
    """The metadata of a message in Seldon's JSON."""

    puid: str = ""
    tags: dict[str, Any] = {}


class JsonMessage(msgspec.Struct):
    """A message in Seldon's JSON."""

    data: JsonData | None = None
    meta: JsonMeta | None = None


class JsonAnswer(msgspec.Struct):
    """The answer in feedback, whose data nobody needs again."""

    meta: JsonMeta | None = None


class JsonFeedback(msgspec.Struct):
    """Feedback in Seldon's JSON; the request in it is the client's, and not read."""

    response: JsonAnswer | None = None
    truth: JsonMessage | None = None


_message_decoder = msgspec.json.Decoder(JsonMessage)
_feedback_decoder = msgspec.json.Decoder(JsonFeedback)


def read_message(body: bytes, content_type: str) -> Message:
    """A request or a response. Raises RefusedEventError where the body is none."""
    if content_type == PROTOBUF:
        return _from_protobuf(_parsed(prediction_pb2.SeldonMessage(), body))
    message = _decoded(_message_decoder, body)
    return Message(
        names=(message.data.names or []) if message.data else [],
        values=_json_values(message.data),
        tags=message.meta.tags if message.meta else {},
    )


def read_feedback(body: bytes, content_type: str) -> Feedback:
    """Feedback. Raises RefusedEventError where the body is none."""
    if content_type == PROTOBUF:
        feedback = _parsed(prediction_pb2.Feedback(), body)
        values = _from_protobuf(feedback.truth).values
        return Feedback(feedback.response.meta.puid, _column(values, "truth.data"))
    document = _decoded(_feedback_decoder, body)
    meta = document.response.meta if document.response else None
    values = _json_values(document.truth.data if document.truth else None)
    return Feedback(meta.puid if meta else "", _column(values, "truth.data"))


def _decoded[T](decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    # RecursionError: JSON that is nested a thousand times.
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedEventError(Reason.BODY, f"no Seldon message in JSON: {error}") from error


def _parsed[T: (prediction_pb2.SeldonMessage, prediction_pb2.Feedback)](message: T, body: bytes) -> T:
    try:
        message.ParseFromString(body)
    except DecodeError as error:
        raise RefusedEventError(Reason.BODY, f"no {type(message).__name__} in protobuf") from error
    return message


def _json_values(data: JsonData | None) -> Floats:
    if data is not None and data.tensor is not None:
        return _shaped(np.array(data.tensor.values, dtype=np.float64), data.tensor.shape)
    if data is not None and data.ndarray is not None:
        return _rectangle([cell if isinstance(cell, list) else [cell] for cell in data.ndarray])
    raise RefusedEventError(Reason.BODY, "the message has neither data.ndarray nor data.tensor")


def _from_protobuf(message: prediction_pb2.SeldonMessage) -> Message:
    data = message.data
    form: Literal["tensor", "ndarray", "tftensor"] | None = data.WhichOneof("data_oneof")
    if form == "tensor":
        values = _shaped(np.array(data.tensor.values, dtype=np.float64), list(data.tensor.shape))
    elif form == "ndarray":
        cells = [plain(value) for value in data.ndarray.values]
        values = _rectangle([cell if isinstance(cell, list) else [cell] for cell in cells])
    else:
        raise RefusedEventError(Reason.BODY, "the message has neither data.ndarray nor data.tensor")
    tags = {name: plain(value) for name, value in message.meta.tags.items()}
    return Message(list(data.names), values, tags)


def _rectangle(rows: list[list[Any]]) -> Floats:
    width = len(rows[0]) if rows else 0
    for position, row in enumerate(rows):
        if len(row) != width:
            raise RefusedEventError(Reason.BODY, f"row {position} has {len(row)} values, row 0 has {width}")
        if not all(cell is None or type(cell) in {float, int} for cell in row):
            raise RefusedEventError(Reason.BODY, f"row {position} has a value that is no number")
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)


def _shaped(values: Floats, shape: list[int]) -> Floats:
    wanted = shape if len(shape) == 2 else [*shape, 1]
    # Numpy would work out a negative length by itself.
    if len(wanted) != 2 or min(wanted) < 0:
        raise RefusedEventError(Reason.BODY, "the shape of the tensor is none of rows and columns")
    try:
        return values.reshape(wanted)
    except ValueError as error:
        raise RefusedEventError(
            Reason.BODY, f"{len(values)} values do not fill the tensor's shape"
        ) from error


def _column(values: Floats, name: str) -> Floats:
    if values.shape[1] != 1:
        raise RefusedEventError(Reason.ACTUALS, f"{name} has {values.shape[1]} values a row, not 1")
    return values[:, 0]
