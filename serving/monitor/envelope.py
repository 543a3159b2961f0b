"""The envelope of an event: a CloudEvent 1.0 in binary mode, as the executor's request logger sends it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cloudevents.core.bindings.http import HTTPMessage, from_binary
from cloudevents.core.exceptions import BaseCloudEventException
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from serving.monitor.refusal import Reason, RefusedEventError

TYPES = {
    "io.seldon.serving.inference.request": "request",
    "io.seldon.serving.inference.response": "response",
    "io.seldon.serving.feedback": "feedback",
}
# The library would make up what is missing.
REQUIRED_HEADERS = ("ce-specversion", "ce-id", "ce-source", "ce-type", "ce-time")
LONGEST_NAME = 255


class UnreadBody(JSONFormat):
    """Leaves the body as the bytes that came: the type of the event decides what it is."""

    def read_data(self, body: bytes, datacontenttype: str | None) -> bytes:  # noqa: ARG002 - of the library
        """The body itself."""
        return body


@dataclass(frozen=True)
class Envelope:
    """What the headers of an event say; `kind` is request, response or feedback."""

    kind: str
    request_id: str
    node: str
    time: datetime
    deployment: str
    namespace: str
    content_type: str


def read_envelope(headers: Mapping[str, str]) -> Envelope:
    """Read the headers of an event; names in lower case. Raises RefusedEventError."""
    if missing := [name for name in REQUIRED_HEADERS if not headers.get(name)]:
        raise RefusedEventError(Reason.ENVELOPE, f"the header {missing[0]} is missing")
    try:
        event = from_binary(HTTPMessage(dict(headers), b""), UnreadBody(), CloudEvent)
    except (BaseCloudEventException, ValueError) as error:
        raise RefusedEventError(Reason.ENVELOPE, f"no CloudEvent 1.0: {error}") from error
    attributes = event.get_attributes()
    if attributes["type"] not in TYPES:
        raise RefusedEventError(Reason.TYPE, f"the header ce-type is none of {', '.join(TYPES)}")
    return Envelope(
        kind=TYPES[attributes["type"]],
        request_id=_name(attributes, "requestid"),
        node=_name(attributes, "modelid"),
        time=attributes["time"],
        deployment=_name(attributes, "inferenceservicename"),
        namespace=_name(attributes, "namespace"),
        content_type=headers.get("content-type", "").partition(";")[0].strip().lower(),
    )


def _name(attributes: Mapping[str, Any], key: str) -> str:
    value = str(attributes.get(key, ""))
    # PostgreSQL has no NUL in a text.
    if not value or len(value) > LONGEST_NAME or "\0" in value:
        raise RefusedEventError(
            Reason.ENVELOPE, f"the header ce-{key} must have 1 to {LONGEST_NAME} characters, and no NUL"
        )
    return value
