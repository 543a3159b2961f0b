"""Why an event is not taken. One that cannot be read is refused alone: no other is held up by it."""

from enum import StrEnum


class Reason(StrEnum):
    """The reasons, few enough to be labels of a metric; each is a fault of the event's sender."""

    ENVELOPE = "envelope"
    """No CloudEvent 1.0 in binary mode, or one without a request id, a node or an instant."""
    TYPE = "type"
    """An event of a type that is not watched."""
    SENDER = "sender"
    """An event of another deployment or of another node."""
    TOO_LARGE = "too_large"
    """More bytes than the limit in the settings."""
    BODY = "body"
    """No Seldon message in JSON or protobuf, or one without data."""
    FEATURES = "features"
    """A request that is not of the model's features, or holds what none of them can be."""
    TAGS = "tags"
    """A request without what the nodes before the model say of each row, or with too much of it."""
    FUTURE = "future"
    """A prediction from after the event that reports it."""
    PROBABILITIES = "probabilities"
    """A response that is no column of probabilities."""
    ACTUALS = "actuals"
    """Feedback that names no prediction, or whose truth is no column of 0, 1 and null."""
    STORE = "store"
    """The store says that it can never hold this event."""


class RefusedEventError(ValueError):
    """An event is at fault; the message says where, and never quotes the body."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
