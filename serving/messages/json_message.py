"""Seldon messages as JSON.

A missing number is `null` in both directions: JSON has no NaN.
"""

import base64
import binascii
from contextlib import suppress
from typing import Any

import msgspec
import numpy as np

from serving.messages.content import (
    NO_PAYLOAD,
    REQUEST_PATH,
    Answer,
    Content,
    Form,
    answer_form,
    array_of_rows,
    array_of_tensor,
)
from serving.refusal import NO_DATA, RefusedRequestError


class Tensor(msgspec.Struct):
    """Values in the order of their last index."""

    shape: list[int]
    values: list[float | None]


class Data(msgspec.Struct):
    """Named columns."""

    names: list[str] | None = None
    tensor: Tensor | None = None
    ndarray: list[Any] | None = None


class Meta(msgspec.Struct):
    """What goes along with a message from node to node."""

    puid: str | None = None
    tags: dict[str, Any] | None = None
    metrics: list[dict[str, Any]] | None = None
    requestPath: dict[str, str] | None = None  # noqa: N815 - the protocol's name


class Message(msgspec.Struct):
    """One request; entries that are unknown are passed over, as the stock wrapper does."""

    meta: Meta | None = None
    data: Data | None = None
    jsonData: Any = msgspec.UNSET  # noqa: N815 - the protocol's names
    strData: str | None = None  # noqa: N815
    binData: str | None = None  # noqa: N815


_decoder = msgspec.json.Decoder(Message)
# It reads a number that is too large as infinite, so that the field at fault can be named. It is slower.
_overflowing_decoder = msgspec.json.Decoder(Message, float_hook=float)
# A component's tags may hold numbers of numpy's. NaN is written as null.
_encoder = msgspec.json.Encoder(enc_hook=lambda item: item.tolist())


def decode(body: bytes) -> Message:
    """Read a request; raises RefusedRequestError where it is no JSON, or no message."""
    try:
        with suppress(msgspec.ValidationError):
            return _decoder.decode(body)
        return _overflowing_decoder.decode(body)
    except msgspec.ValidationError as error:
        raise RefusedRequestError(f"this is no Seldon message: {error}", NO_DATA) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedRequestError(f"this is not JSON: {error}", NO_DATA) from error


def content(message: Message) -> Content:
    """The payload of a request; raises RefusedRequestError."""
    data = message.data
    if data is not None:
        names = data.names or []
        if data.tensor is not None:
            values = np.array(data.tensor.values, dtype=np.float64)
            return Content(array_of_tensor(data.tensor.shape, values), "tensor", names)
        if data.ndarray is not None:
            return Content(array_of_rows(data.ndarray), "ndarray", names)
    elif message.jsonData is not msgspec.UNSET:
        return Content(message.jsonData, "other", [])
    elif message.strData is not None:
        return Content(message.strData, "other", [])
    elif message.binData is not None:
        return Content(_decoded(message.binData), "other", [])
    raise RefusedRequestError(NO_PAYLOAD, NO_DATA)


def meta_of(message: Message) -> dict[str, Any]:
    """The meta data of a request, as a component takes it."""
    return {key: value for key, value in msgspec.to_builtins(message.meta or Meta()).items() if value}


def encode(request: Message, form: Form, answer: Answer) -> bytes:
    """The answer to a request: its body."""
    given = request.meta or Meta()
    meta = {
        "puid": given.puid,
        "tags": {**(given.tags or {}), **answer.tags},
        "metrics": [*(given.metrics or []), *answer.metrics],
        "requestPath": {**REQUEST_PATH, **(given.requestPath or {})},
    }
    present = {key: value for key, value in meta.items() if value}
    return _encoder.encode({**_payload(form, answer), "meta": present})


def _payload(form: Form, answer: Answer) -> dict[str, Any]:
    data = answer.data
    if isinstance(data, dict):
        return {"jsonData": data}
    if isinstance(data, str):
        return {"strData": data}
    if isinstance(data, bytes):
        return {"binData": base64.b64encode(data).decode()}
    if answer_form(form, data) == "tensor":
        tensor = {"shape": data.shape, "values": data.ravel().tolist()}
        return {"data": {"names": answer.names, "tensor": tensor}}
    return {"data": {"names": answer.names, "ndarray": data.tolist()}}


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RefusedRequestError("binData is not base64", NO_DATA) from error
