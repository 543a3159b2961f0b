"""Seldon messages of a benchmark: rows into bodies, answers into probabilities."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np
from google.protobuf import json_format
from numpy.typing import NDArray
from seldon_core.proto.prediction_pb2 import SeldonMessage

from benchmarks.peer import Transport
from serving.messages import json_message, protobuf_message
from serving.messages.content import Answer


def requests(transport: Transport, names: Sequence[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """A client's rows, named column by column."""
    document = {"data": {"names": list(names), "ndarray": [list(row) for row in rows]}}
    if transport is Transport.REST:
        return msgspec.json.encode(document)
    return json_format.ParseDict(document, SeldonMessage()).SerializeToString()


def features(transport: Transport, names: Sequence[str], rows: NDArray[np.float64]) -> bytes:
    """Numeric rows as they pass between nodes: an ndarray over REST, a tensor over gRPC."""
    answer = Answer(rows, list(names), {}, [])
    if transport is Transport.REST:
        return json_message.encode(json_message.Message(), "ndarray", answer)
    return protobuf_message.encode(SeldonMessage(), "tensor", answer)


def numbers(transport: Transport, answer: bytes) -> NDArray[np.float64]:
    """The rows of an answer, NaN where a value is missing."""
    if transport is Transport.REST:
        payload = json_message.content(json_message.decode(answer)).payload
    else:
        payload = protobuf_message.content(protobuf_message.decode(answer)).payload
    return np.asarray(payload, dtype=np.float64)
