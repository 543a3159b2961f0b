"""Seldon messages as protobuf, in seldon-core's own classes."""

from typing import Any

import numpy as np
from google.protobuf import json_format
from google.protobuf.message import DecodeError
from google.protobuf.struct_pb2 import ListValue, NullValue, Value
from seldon_core.proto.prediction_pb2 import DefaultData, SeldonMessage, Tensor

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


def decode(body: bytes) -> SeldonMessage:
    """Read a request; raises RefusedRequestError where it is none."""
    try:
        return SeldonMessage.FromString(body)
    except DecodeError as error:
        raise RefusedRequestError("this is no Seldon message", NO_DATA) from error


def content(message: SeldonMessage) -> Content:
    """The payload of a request; raises RefusedRequestError."""
    kind = message.WhichOneof("data_oneof")
    if kind == "data":
        data = message.data
        names = list(data.names)
        match data.WhichOneof("data_oneof"):
            case "tensor":
                values = np.fromiter(data.tensor.values, np.float64, len(data.tensor.values))
                return Content(array_of_tensor(list(data.tensor.shape), values), "tensor", names)
            case "ndarray":
                return Content(array_of_rows(_items(data.ndarray)), "ndarray", names)
    elif kind == "jsonData":
        return Content(plain(message.jsonData), "other", [])
    elif kind in {"strData", "binData"}:
        return Content(getattr(message, kind), "other", [])
    raise RefusedRequestError(NO_PAYLOAD, NO_DATA)


def meta_of(message: SeldonMessage) -> dict[str, Any]:
    """The meta data of a request, as a component takes it."""
    meta: dict[str, Any] = json_format.MessageToDict(message.meta)
    return meta


def encode(request: SeldonMessage, form: Form, answer: Answer) -> bytes:
    """The answer to a request: its bytes."""
    response = _payload(form, answer)
    meta = response.meta
    meta.CopyFrom(request.meta)
    meta.ClearField("routing")
    for name, item in answer.tags.items():
        _set(meta.tags[name], item)
    for metric in answer.metrics:
        json_format.ParseDict(metric, meta.metrics.add())
    for node, image in REQUEST_PATH.items():
        if node not in meta.requestPath:
            meta.requestPath[node] = image
    body: bytes = response.SerializeToString()
    return body


def _payload(form: Form, answer: Answer) -> SeldonMessage:
    data = answer.data
    if isinstance(data, dict):
        message = SeldonMessage()
        _set(message.jsonData, data)
        return message
    if isinstance(data, str):
        return SeldonMessage(strData=data)
    if isinstance(data, bytes):
        return SeldonMessage(binData=data)
    if answer_form(form, data) == "tensor":
        tensor = Tensor(shape=data.shape, values=data.ravel().tolist())
        return SeldonMessage(data=DefaultData(names=answer.names, tensor=tensor))
    message = SeldonMessage(data=DefaultData(names=answer.names, ndarray=ListValue()))
    _set_items(message.data.ndarray, data.tolist())
    return message


def plain(value: Value) -> Any:
    """What a JSON value of protobuf stands for; unlike protobuf's own conversion it lets NaN through."""
    match value.WhichOneof("kind"):
        case "number_value":
            return value.number_value
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "list_value":
            return _items(value.list_value)
        case "struct_value":
            return {name: plain(field) for name, field in value.struct_value.fields.items()}
    return None


def _items(values: ListValue) -> list[Any]:
    return [plain(value) for value in values.values]


def _set(value: Value, item: Any) -> None:
    """The reverse of `plain`, also for numpy's numbers and arrays."""
    if item is None:
        value.null_value = NullValue.NULL_VALUE
    elif isinstance(item, bool):
        value.bool_value = item
    elif isinstance(item, (int, float)):
        value.number_value = item
    elif isinstance(item, str):
        value.string_value = item
    elif isinstance(item, (list, tuple)):
        _set_items(value.list_value, item)
    elif isinstance(item, dict):
        value.struct_value.SetInParent()
        for name, field in item.items():
            _set(value.struct_value.fields[name], field)
    else:
        _set(value, item.tolist())


def _set_items(values: ListValue, items: list[Any] | tuple[Any, ...]) -> None:
    values.SetInParent()
    for item in items:
        _set(values.values.add(), item)
