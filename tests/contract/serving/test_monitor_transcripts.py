"""The monitor reads what the real executor was recorded to log."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from serving.monitor.envelope import read_envelope
from serving.monitor.messages import read_feedback, read_message
from serving.monitor.refusal import RefusedEventError

RECORDED = Path(__file__).parents[4] / "shared" / "executor-transcripts" / "cases.json"
VARYING = {"ce-id": "1", "ce-time": datetime.now(UTC).isoformat(), "ce-traceparent": "00-1-1-00"}
Event = tuple[dict[str, str], bytes]


def recorded_events() -> list[Any]:
    """The events of every case, each beside the case's name."""
    if not RECORDED.exists():
        return [pytest.param("", ({}, b""), marks=pytest.mark.skip(f"{RECORDED} is not here"))]
    cases = json.loads(RECORDED.read_text(encoding="utf-8"))
    return [
        pytest.param(case["name"], as_sent(event), id=f"{case['transport']}-{case['name']}-{position}")
        for case in cases
        for position, event in enumerate(case["events"])
    ]


def as_sent(event: dict[str, Any]) -> Event:
    headers = {name.lower(): value for name, value in event["headers"]}
    headers |= {name: value for name, value in VARYING.items() if name in headers}
    body = base64.b64decode(event["body_base64"]) if "body_base64" in event else event["body"].encode()
    return headers, body


@pytest.mark.parametrize(("name", "event"), recorded_events())
def test_every_recorded_event_is_read(name: str, event: Event) -> None:
    headers, body = event
    envelope = read_envelope(headers)
    assert (envelope.node, envelope.namespace, envelope.deployment) == ("summer", "ontime", "transcripts")
    if name == "broken feedback":
        with pytest.raises(RefusedEventError):
            read_feedback(body, envelope.content_type)
    elif envelope.kind == "feedback":
        assert read_feedback(body, envelope.content_type).truth.tolist() == [1]
    else:
        columns = 2 if envelope.kind == "request" else 1
        assert read_message(body, envelope.content_type).values.shape[1] == columns
