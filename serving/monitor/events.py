"""From an event as it came to the record that is kept: pure, and where every poisonous event ends.

What is stored is fit to be judged: rows of the model's features in its order, codes that exist,
probabilities between 0 and 1. So one event can never spoil a window for the others.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feature_repo.schema import Kind
from serving.detectors.windows import WindowShape
from serving.monitor import records
from serving.monitor.envelope import Envelope, read_envelope
from serving.monitor.messages import Floats, Message, read_feedback, read_message
from serving.monitor.refusal import Reason, RefusedEventError
from serving.monitor.windows import Bounds, bounds
from serving.signature import Signature

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far the clocks of two machines may differ before a prediction is one from the future."""
BEGINNING = datetime(1970, 1, 2, tzinfo=UTC)
"""Nothing was predicted before it, in whatever zone."""


@dataclass(frozen=True)
class Expected:
    """Whose events are taken, and of which model they are."""

    deployment: str
    namespace: str
    node: str
    model_version: str
    signature: Signature
    shape: WindowShape

    @cached_property
    def codes(self) -> tuple[NDArray[np.intp], Floats]:
        """The columns [c] of the categories, and how many codes each has [c]."""
        features = self.signature.features
        columns = [position for position, f in enumerate(features) if f.kind is Kind.CATEGORY]
        counts = [len(self.signature.references[features[c].reference or ""]) for c in columns]
        return np.array(columns, dtype=np.intp), np.array(counts, dtype=np.float64)


def read_event(
    headers: Mapping[str, str], body: bytes, expected: Expected, received_at: datetime
) -> records.AnyRecord:
    """What is kept of an event; `headers` by names in lower case. Raises RefusedEventError."""
    envelope = read_envelope(headers)
    if (envelope.namespace, envelope.deployment) != (expected.namespace, expected.deployment):
        raise RefusedEventError(
            Reason.SENDER, f"not of the deployment {expected.namespace}/{expected.deployment}"
        )
    if envelope.node != expected.node:
        raise RefusedEventError(Reason.SENDER, f"not of the node {expected.node}")
    if not BEGINNING <= envelope.time <= received_at + CLOCK_TOLERANCE:
        raise RefusedEventError(Reason.ENVELOPE, "the header ce-time is no instant that was")
    if envelope.kind == "request":
        return _request(envelope, read_message(body, envelope.content_type), expected, received_at)
    if envelope.kind == "response":
        return _response(envelope, read_message(body, envelope.content_type), received_at)
    return _feedback(envelope, body, received_at)


def _request(
    envelope: Envelope, message: Message, expected: Expected, received_at: datetime
) -> records.RequestRecord:
    features = _features(message, expected)
    outliers = np.array(_tag(message, "outlier", _flag))
    instants = _instants(message, envelope.time)
    windows = [bounds(instant, expected.shape) for instant in instants]
    slices = tuple(_slice(window, windows, instants, features, outliers) for window in dict.fromkeys(windows))
    return records.RequestRecord(
        request_id=envelope.request_id,
        node=envelope.node,
        received_at=received_at.timestamp(),
        model_version=expected.model_version,
        slices=slices,
    )


def _response(envelope: Envelope, message: Message, received_at: datetime) -> records.ResponseRecord:
    values = message.values
    if values.shape[1] != 1 or len(values) == 0:
        raise RefusedEventError(Reason.PROBABILITIES, f"an answer of the shape {values.shape}, not (n, 1)")
    # NaN is in no range.
    if not ((values >= 0) & (values <= 1)).all():
        raise RefusedEventError(Reason.PROBABILITIES, "a value that is no probability")
    return records.ResponseRecord(
        request_id=envelope.request_id,
        node=envelope.node,
        received_at=received_at.timestamp(),
        probabilities=records.packed(values[:, 0], records.PROBABILITIES),
    )


def _feedback(envelope: Envelope, body: bytes, received_at: datetime) -> records.FeedbackRecord:
    feedback = read_feedback(body, envelope.content_type)
    prediction_id = feedback.prediction_id
    if not prediction_id or len(prediction_id) > 255 or "\0" in prediction_id:
        raise RefusedEventError(Reason.ACTUALS, "response.meta.puid does not name a prediction")
    truth = feedback.truth
    if len(truth) == 0 or not (np.isnan(truth) | (truth == 0) | (truth == 1)).all():
        raise RefusedEventError(Reason.ACTUALS, "truth.data is not of 0, 1 and null, one a row")
    return records.FeedbackRecord(
        request_id=envelope.request_id,
        node=envelope.node,
        received_at=received_at.timestamp(),
        prediction_id=prediction_id,
        actuals=records.packed(np.where(np.isnan(truth), records.UNKNOWN, truth), records.ACTUALS),
    )


def _features(message: Message, expected: Expected) -> NDArray[np.float32]:
    if message.names != expected.signature.feature_names:
        raise RefusedEventError(Reason.FEATURES, "the names are not those of the model's features in order")
    if message.values.shape[1] != len(message.names) or len(message.values) == 0:
        raise RefusedEventError(Reason.FEATURES, f"a request of the shape {message.values.shape}")
    with np.errstate(over="ignore"):
        values = message.values.astype(np.float32)
    if np.isinf(values).any():
        raise RefusedEventError(Reason.FEATURES, "an infinite value")
    columns, counts = expected.codes
    codes = values[:, columns]
    if not (np.isnan(codes) | ((codes >= 0) & (codes < counts) & (codes == np.floor(codes)))).all():
        raise RefusedEventError(Reason.FEATURES, "a category whose value is no position in its list")
    return values


def _instants(message: Message, event_time: datetime) -> list[float]:
    """When each row was predicted, in seconds since 1970: what `predicted_at` says, or when the event was."""
    if "predicted_at" not in message.tags:
        return [event_time.timestamp()] * len(message.values)
    instants = _tag(message, "predicted_at", _instant)
    if max(instants) > (event_time + CLOCK_TOLERANCE).timestamp():
        raise RefusedEventError(Reason.FUTURE, "a prediction from after the event that reports it")
    return instants


def _tag[T](message: Message, name: str, convert: Callable[[Any], T]) -> list[T]:
    """The values of a tag, one a row."""
    values = message.tags.get(name)
    rows = len(message.values)
    if not isinstance(values, list) or len(values) != rows:
        raise RefusedEventError(Reason.TAGS, f"the tag {name} is no list of {rows} values, one a row")
    try:
        return [convert(value) for value in values]
    except (TypeError, ValueError, OverflowError) as error:
        raise RefusedEventError(Reason.TAGS, f"the tag {name} holds a value of another kind") from error


def _flag(value: object) -> bool:
    # Protobuf has no integers in a value: true may arrive as 1.0.
    if value not in {0, 1}:
        raise ValueError("neither true nor false")
    return bool(value)


def _instant(value: str) -> float:
    instant = datetime.fromisoformat(value)
    # Without an offset the comparison is a TypeError.
    if instant < BEGINNING:
        raise ValueError("an instant that never was")
    return instant.timestamp()


def _slice(
    window: Bounds,
    windows: list[Bounds],
    instants: list[float],
    features: NDArray[np.float32],
    outliers: NDArray[np.bool_],
) -> records.Slice:
    """The rows of a request that fall into `window`."""
    members = [position for position, other in enumerate(windows) if other == window]
    return records.Slice(
        window_start=window.start,
        window_end=window.end,
        predicted_at=max(instants[position] for position in members),
        positions=records.packed(np.array(members), records.POSITIONS),
        features=records.packed(features[members], records.FEATURES),
        outliers=records.packed(outliers[members], records.OUTLIERS),
    )
