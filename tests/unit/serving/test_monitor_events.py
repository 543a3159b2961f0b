"""What is taken of an event, and what is refused with which reason."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest
from google.protobuf.struct_pb2 import Value
from hypothesis import given
from hypothesis import strategies as st
from seldon_core.proto import prediction_pb2

from serving.monitor.events import read_event
from serving.monitor.records import AnyRecord, FeedbackRecord, RequestRecord, ResponseRecord
from serving.monitor.refusal import Reason, RefusedEventError
from tests.examples.serving.monitored import (
    EXPECTED,
    FIRST_DAY,
    SENT_AT,
    WATCHED_SIGNATURE,
    Event,
    Prediction,
    event_headers,
    json_event,
    protobuf_event,
    rows_of,
    tensor_message,
)

PREDICTION = Prediction(rows_of(2, seed=1))


def taken(event: Event) -> AnyRecord:
    return read_event(event.headers, event.body, EXPECTED, datetime.now(UTC))


def reason(event: Event) -> Reason:
    with pytest.raises(RefusedEventError) as refusal:
        taken(event)
    return refusal.value.reason


def request(**changes: Any) -> Event:
    """A request in JSON whose data, tags or names are changed."""
    document = PREDICTION.request_document
    document["data"] |= {name: value for name, value in changes.items() if name in {"names", "ndarray"}}
    tags = {name: value for name, value in changes.items() if name not in {"names", "ndarray"}}
    document["meta"]["tags"] |= tags
    return json_event("inference.request", "id", document)


def features(record: AnyRecord) -> list[float]:
    assert isinstance(record, RequestRecord)
    return np.frombuffer(record.slices[0].features, "<f4").tolist()


def tagged(message: prediction_pb2.SeldonMessage) -> prediction_pb2.SeldonMessage:
    """With the tags of the nodes before the model, as gRPC carries them."""
    outlier, instants = Value(), Value()
    outlier.list_value.extend([False, 1.0])
    instants.list_value.extend([FIRST_DAY.isoformat()] * 2)
    message.meta.tags["outlier"].CopyFrom(outlier)
    message.meta.tags["predicted_at"].CopyFrom(instants)
    return message


def test_a_request_is_the_same_in_json_and_in_protobuf() -> None:
    message = tagged(tensor_message(PREDICTION.rows, WATCHED_SIGNATURE.feature_names))
    assert features(taken(protobuf_event("inference.request", "id", message))) == features(
        taken(PREDICTION.request())
    )


def test_missing_is_null_in_json_and_nan_in_protobuf() -> None:
    rows = PREDICTION.rows.copy()
    rows[0, 2] = np.nan
    message = tagged(tensor_message(rows, WATCHED_SIGNATURE.feature_names))
    in_protobuf = features(taken(protobuf_event("inference.request", "id", message)))
    np.testing.assert_array_equal(in_protobuf, features(taken(Prediction(rows).request())))
    assert np.isnan(in_protobuf[2])


def test_an_ndarray_of_protobuf_is_read_too() -> None:
    message = prediction_pb2.SeldonMessage()
    for row in PREDICTION.rows.tolist():
        message.data.ndarray.add_list().extend(row)
    message.data.names.extend(WATCHED_SIGNATURE.feature_names)
    assert features(taken(protobuf_event("inference.request", "id", tagged(message)))) == features(
        taken(PREDICTION.request())
    )


def test_the_outlier_tag_is_kept_by_row() -> None:
    record = taken(request(outlier=[True, False]))
    assert isinstance(record, RequestRecord)
    assert np.frombuffer(record.slices[0].outliers, bool).tolist() == [True, False]


def test_the_instant_is_that_of_the_event_where_no_tag_says_another() -> None:
    record = taken(Prediction(PREDICTION.rows, predicted_at=None).request())
    assert isinstance(record, RequestRecord)
    assert record.slices[0].predicted_at == SENT_AT.timestamp()


def test_a_response_keeps_its_probabilities() -> None:
    record = taken(PREDICTION.response())
    assert isinstance(record, ResponseRecord)
    assert np.frombuffer(record.probabilities, "<f4").tolist() == [0.25, 0.25]


@pytest.mark.parametrize("actuals", [[[1], [0], [None]], [1, 0, None]])
def test_feedback_names_its_prediction_and_has_an_actual_a_row(actuals: list[Any]) -> None:
    document = {"response": {"meta": {"puid": "p"}}, "truth": {"data": {"ndarray": actuals}}}
    record = taken(json_event("feedback", "id", document))
    assert isinstance(record, FeedbackRecord)
    assert (record.prediction_id, np.frombuffer(record.actuals, "i1").tolist()) == ("p", [1, 0, -1])


def test_feedback_comes_in_protobuf_too() -> None:
    feedback = prediction_pb2.Feedback()
    feedback.response.meta.puid = "p"
    feedback.truth.CopyFrom(tensor_message(np.array([[1], [np.nan]], dtype=np.float32), []))
    record = taken(protobuf_event("feedback", "id", feedback))
    assert isinstance(record, FeedbackRecord)
    assert (record.prediction_id, np.frombuffer(record.actuals, "i1").tolist()) == ("p", [1, -1])


def test_a_body_without_a_content_type_is_json() -> None:
    event = PREDICTION.request()
    assert taken(event.but(content_type=None)).request_id == PREDICTION.request_id


@pytest.mark.parametrize(
    "header", ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_requestid", "ce_modelid"]
)
def test_an_envelope_without_one_of_its_headers_is_refused(header: str) -> None:
    assert reason(PREDICTION.request().but(None, **{header: None})) is Reason.ENVELOPE


@pytest.mark.parametrize(
    "headers",
    [
        {"ce_specversion": "0.3"},
        {"ce_time": "yesterday"},
        {"ce_time": "2013-05-01T00:00:00"},
        {"ce_time": "9999-12-31T23:59:59-12:00"},
        {"ce_time": "0001-01-01T00:00:00+12:00"},
        {"ce_requestid": "x" * 256},
        {"ce_requestid": "a%00b"},
    ],
)
def test_an_envelope_with_a_header_at_fault_is_refused(headers: dict[str, str]) -> None:
    assert reason(PREDICTION.request().but(None, **headers)) is Reason.ENVELOPE


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("ce_type", Reason.TYPE),
        ("ce_modelid", Reason.SENDER),
        ("ce_namespace", Reason.SENDER),
        ("ce_inferenceservicename", Reason.SENDER),
    ],
)
def test_an_event_of_somebody_else_is_refused(header: str, why: Reason) -> None:
    assert reason(PREDICTION.request().but(None, **{header: "another"})) is why


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"data": {}}',
        b'{"data": {"ndarray": [[1, 2, 3], [1]]}}',
        b'{"data": {"ndarray": [["1", 2, 3]]}}',
        b'{"data": {"ndarray": [[NaN, 2, 3]]}}',
        b'{"data": {"ndarray": [[true, 2, 3]]}}',
        b'{"data": {"tensor": {"shape": [1, 1], "values": [true]}}}',
        b'{"data": {"tensor": {"shape": [2, 3], "values": [1]}}}',
        b'{"data": {"tensor": {"shape": [-1, -1], "values": [1]}}}',
        b'{"data": {"tensor": {"shape": [], "values": [1]}}}',
        b'{"data": {"tensor": {"shape": [9223372036854775808, 0], "values": []}}}',
        b'{"data": {"tensor": {"shape": [4611686018427387904, 0], "values": []}}}',
        b'{"data": {"ndarray": ' + b"[" * 5000 + b"]" * 5000 + b"}}",
        b"\xff\xfe",
    ],
)
def test_a_body_that_is_no_message_is_refused(body: bytes) -> None:
    assert reason(PREDICTION.request().but(body=body)) is Reason.BODY


def test_a_flag_among_the_numbers_is_refused_in_protobuf_too() -> None:
    message = prediction_pb2.SeldonMessage()
    message.data.ndarray.add_list().extend([True, 2.0, 3.0])
    assert reason(protobuf_event("inference.request", "id", tagged(message))) is Reason.BODY


def test_a_tag_that_is_no_number_in_protobuf_spoils_only_what_is_read_of_it() -> None:
    message = tagged(tensor_message(PREDICTION.rows, WATCHED_SIGNATURE.feature_names))
    message.meta.tags["outlier_score"].list_value.extend([np.nan, 0.5])
    assert (
        features(taken(protobuf_event("inference.request", "id", message)))
        == PREDICTION.rows.ravel().tolist()
    )
    message.meta.tags["outlier"].list_value.values[0].number_value = np.nan
    assert reason(protobuf_event("inference.request", "id", message)) is Reason.TAGS


def test_protobuf_that_is_none_is_refused() -> None:
    headers = event_headers("inference.request", "id", "application/protobuf")
    assert reason(Event(headers, b"\xff\xff\xff")) is Reason.BODY


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"names": ["hour", "depot_code", "weight"]}, Reason.FEATURES),
        ({"ndarray": []}, Reason.FEATURES),
        ({"ndarray": [[1, 2], [1, 2]]}, Reason.FEATURES),
        ({"ndarray": [[3, 2, 3], [1, 2, 3]]}, Reason.FEATURES),
        ({"ndarray": [[0.5, 2, 3], [1, 2, 3]]}, Reason.FEATURES),
        ({"ndarray": [[-1, 2, 3], [1, 2, 3]]}, Reason.FEATURES),
        ({"ndarray": [[1, 2, 1e300], [1, 2, 3]]}, Reason.FEATURES),
        ({"outlier": [True]}, Reason.TAGS),
        ({"outlier": True}, Reason.TAGS),
        ({"outlier": [0.5, 1]}, Reason.TAGS),
        ({"outlier": [[], 1]}, Reason.TAGS),
        ({"predicted_at": [FIRST_DAY.isoformat()]}, Reason.TAGS),
        ({"predicted_at": ["2013-05-01T00:00:00"] * 2}, Reason.TAGS),
        ({"predicted_at": ["0001-01-01T00:00:00+00:00"] * 2}, Reason.TAGS),
        ({"predicted_at": [None, None]}, Reason.TAGS),
        ({"predicted_at": [(datetime.now(UTC) + timedelta(hours=1)).isoformat()] * 2}, Reason.FUTURE),
    ],
)
def test_a_request_that_would_spoil_a_window_is_refused(changes: dict[str, Any], why: Reason) -> None:
    assert reason(request(**changes)) is why


@pytest.mark.parametrize("cells", [[], [[1.5]], [[-0.1]], [[None]], [[0.5, 0.5]]])
def test_an_answer_that_is_no_probability_is_refused(cells: list[Any]) -> None:
    event = json_event("inference.response", "id", {"data": {"ndarray": cells}})
    assert reason(event) is Reason.PROBABILITIES


@pytest.mark.parametrize(
    ("puid", "actuals"), [("", [[1]]), ("x" * 256, [[1]]), ("p", []), ("p", [[2]]), ("p", [[1, 0]])]
)
def test_feedback_of_nothing_is_refused(puid: str, actuals: list[Any]) -> None:
    document = {"response": {"meta": {"puid": puid}}, "truth": {"data": {"ndarray": actuals}}}
    assert reason(json_event("feedback", "id", document)) is Reason.ACTUALS


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=6,
)


@given(
    kind=st.sampled_from(["inference.request", "inference.response", "feedback"]),
    data=st.fixed_dictionaries({}, optional={"names": JSON, "ndarray": JSON, "tensor": JSON}),
    meta=st.fixed_dictionaries({}, optional={"puid": JSON, "tags": JSON}),
)
def test_whatever_json_comes_is_taken_or_refused(kind: str, data: object, meta: object) -> None:
    message = {"data": data, "meta": meta}
    try:
        body = msgspec.json.encode({**message, "truth": message, "response": message})
    except UnicodeEncodeError:
        return
    try:
        taken(Event(event_headers(kind, "id"), body))
    except RefusedEventError:
        return


@given(body=st.binary(max_size=200))
def test_whatever_bytes_come_as_protobuf_are_taken_or_refused(body: bytes) -> None:
    for kind in ("inference.request", "inference.response", "feedback"):
        try:
            taken(Event(event_headers(kind, "id", "application/protobuf"), body))
        except RefusedEventError:
            continue
