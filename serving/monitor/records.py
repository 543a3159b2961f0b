"""What the monitor keeps of each event, in the form in which it is stored, spooled and counted.

Arrays are little-endian bytes: a row of an event costs what its numbers cost, in whatever store.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

POSITIONS, FEATURES, OUTLIERS, PROBABILITIES = (
    np.dtype("<i4"),
    np.dtype("<f4"),
    np.dtype("?"),
    np.dtype("<f4"),
)
ACTUALS = np.dtype("i1")
UNKNOWN = -1
"""In place of an actual that is not known."""


class Slice(msgspec.Struct, frozen=True):
    """The rows of one request that fall into one window; the window's bounds in seconds since 1970.

    `predicted_at`: the latest instant of a prediction, in seconds since 1970. `positions` int32 [k]: where
    the rows stand in their request. `features` float32 [k, F]. `outliers` bool [k].
    """

    window_start: int
    window_end: int
    predicted_at: float
    positions: bytes
    features: bytes
    outliers: bytes

    @property
    def rows(self) -> int:
        """How many rows of the request fall into the window."""
        return len(self.positions) // POSITIONS.itemsize


class Record(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """An event by its identity: the id of its request, its node and its type (the class of the record).

    `received_at`: when the monitor took it, in seconds since 1970.
    """

    request_id: str
    node: str
    received_at: float

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes two events the same one."""
        return self.request_id, self.node, self.kind

    @property
    def kind(self) -> str:
        """The type of the event, in a word."""
        return str(self.__struct_config__.tag)


class RequestRecord(Record, frozen=True, tag="request", kw_only=True):
    """The features of a request and what the nodes before the model say of them, by window."""

    model_version: str
    slices: tuple[Slice, ...]


class ResponseRecord(Record, frozen=True, tag="response", kw_only=True):
    """The predictions of a request: `probabilities` float32 [n]."""

    probabilities: bytes


class FeedbackRecord(Record, frozen=True, tag="feedback", kw_only=True):
    """What became of the rows of an earlier request: `actuals` int8 [n], of 0, 1 and UNKNOWN."""

    prediction_id: str
    actuals: bytes


AnyRecord = RequestRecord | ResponseRecord | FeedbackRecord

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[AnyRecord] = msgspec.msgpack.Decoder(AnyRecord)


def to_bytes(record: AnyRecord) -> bytes:
    """A record as the spool keeps it."""
    return _encoder.encode(record)


def from_bytes(document: bytes) -> AnyRecord:
    """A record from the spool; raises msgspec.DecodeError where it is none."""
    return _decoder.decode(document)


def packed(array: NDArray[np.generic], dtype: np.dtype[np.generic]) -> bytes:
    """An array as bytes."""
    return np.ascontiguousarray(array, dtype=dtype).tobytes()
