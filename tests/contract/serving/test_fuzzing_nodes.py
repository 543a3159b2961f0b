"""Thousands of generated requests over both transports: none is answered as if the node were at fault."""

import copy
from typing import Any

import grpc
import pytest
from google.protobuf.struct_pb2 import ListValue, Value
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seldon_core.proto.prediction_pb2 import DefaultData, Feedback, Meta, SeldonMessage, Tensor

from tests.examples.serving.node_processes import JSON, PATHS, PROCEDURES, NodeProcess
from tests.examples.serving.served_model import FEATURES, ROW

type Nodes = dict[str, NodeProcess]

MANY = settings(
    max_examples=450, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
SOME = settings(MANY, max_examples=150)
CLIENTS_FAULT = {400, 404, 405, 413, 415, 422}
CLIENTS_CODES = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.UNIMPLEMENTED,
}

odd_numbers = st.sampled_from([0, -1, 2**31, 2**53, 2**63, 2**64, 10**25, 10**400, 1e300, -0.0, 1e-320])
odd_texts = st.sampled_from(
    ["", "\0", "é", "\U0001f6e9", "NaN", "null", "2013-10-01", "2013-10-01T10:00:00", "9999-12-31T23:59:59Z",
     "0001-01-01T00:00:00+23:59", "2013-W40-2T10:00Z", "2013-10-01T10:00:00+99:99", "x" * 5000]
)  # fmt: skip
lengths = st.integers(-2, 12) | st.sampled_from([0, 2**31 - 1, 2**62, 10**30])
scalars = st.one_of(
    st.none(), st.booleans(), odd_numbers, st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    odd_texts, st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ROW, "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def nearly_rows(draw: st.DrawFn) -> list[Any]:
    """Rows that are right but for a few things."""
    rows: list[Any] = [copy.deepcopy(ROW) for _ in range(draw(st.integers(0, 4)))]
    for _ in range(draw(st.integers(0, 3))):
        position = draw(st.integers(0, 4))
        if position < len(rows) and isinstance(rows[position], dict):
            match draw(st.sampled_from(["value", "missing", "unknown", "no row"])):
                case "value":
                    rows[position][draw(st.sampled_from(list(ROW)))] = draw(values)
                case "missing":
                    rows[position].pop(draw(st.sampled_from(list(ROW))), None)
                case "unknown":
                    rows[position][draw(st.text(st.characters(exclude_categories=["Cs"])))] = draw(scalars)
                case _:
                    rows[position] = draw(values)
    return rows


@st.composite
def nearly_messages(draw: st.DrawFn) -> Any:
    """Seldon messages that are right but for a few things."""
    rows = draw(nearly_rows())
    match draw(st.sampled_from(["objects", "rows", "numbers", "tensor", "other", "anything"])):
        case "objects":
            message: Any = {"jsonData": {"rows": rows}}
        case "rows":
            cells = [list(row.values()) if isinstance(row, dict) else row for row in rows]
            names = draw(st.sampled_from([list(ROW), list(ROW)[::-1], [], ["carrier"] * 8]))
            message = {"data": {"names": names, "ndarray": cells}}
        case "numbers":
            cells = draw(
                st.lists(st.lists(values, min_size=len(FEATURES), max_size=len(FEATURES)), max_size=3)
            )
            message = {"data": {"ndarray": cells}}
        case "tensor":
            shape = draw(st.lists(lengths, max_size=4))
            numbers = draw(st.lists(odd_numbers, max_size=0 if 0 in shape else 12))
            message = {"data": {"tensor": {"shape": shape, "values": numbers}}}
        case "other":
            message = {draw(st.sampled_from(["strData", "binData", "jsonData", "data"])): draw(values)}
        case _:
            message = draw(values)
    if isinstance(message, dict) and draw(st.booleans()):
        message["meta"] = draw(st.one_of(values, st.just({"tags": {"row_id": 1}, "puid": "one"})))
    return message


bodies = st.one_of(
    st.binary(max_size=60), st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace"))
)
paths = st.sampled_from([*PATHS.values(), "/send-feedback", "/api/v1.0/predictions", "/health/status", "/x"])
procedures = st.sampled_from(
    [*PROCEDURES.values(), "/seldon.protos.Seldon/Predict", "/seldon.protos.Model/SendFeedback", "/x/Y"]
)


def to_value(item: Any) -> Value:
    """What a gRPC client would send, who can also send NaN and infinity."""
    if item is None:
        return Value(null_value=0)
    if isinstance(item, bool):
        return Value(bool_value=item)
    if isinstance(item, int):
        return Value(number_value=float(item) if abs(item) < 10**300 else float("inf"))
    if isinstance(item, float):
        return Value(number_value=item)
    if isinstance(item, str):
        return Value(string_value=item)
    value = Value()
    if isinstance(item, list):
        value.list_value.values.extend(to_value(entry) for entry in item)
    else:
        value.struct_value.SetInParent()
        for name, entry in item.items():
            value.struct_value.fields[name].CopyFrom(to_value(entry))
    return value


@st.composite
def protobuf_messages(draw: st.DrawFn) -> SeldonMessage:
    rows = draw(nearly_rows())
    match draw(st.sampled_from(["objects", "rows", "tensor", "other", "anything"])):
        case "objects":
            return SeldonMessage(jsonData=to_value({"rows": rows}))
        case "rows":
            cells = [to_value(list(row.values()) if isinstance(row, dict) else row) for row in rows]
            data = DefaultData(names=draw(st.sampled_from([list(ROW), []])), ndarray=ListValue(values=cells))
            return SeldonMessage(data=data, meta=Meta(puid="one", tags={"row_id": to_value(draw(values))}))
        case "tensor":
            numbers = draw(st.lists(st.floats(), max_size=2 * len(FEATURES)))
            huge = [2**31 - 1] * 3
            shapes = st.sampled_from(
                [[len(numbers)], [1, len(numbers)], [-1, 2], huge, [*huge, len(numbers)], []]
            )
            shape = draw(shapes)
            return SeldonMessage(data=DefaultData(tensor=Tensor(shape=shape, values=numbers)))
        case "other":
            return SeldonMessage(strData=draw(st.text(st.characters(exclude_categories=["Cs"]))))
        case _:
            return SeldonMessage(jsonData=to_value(draw(values)))


def check_rest(node: NodeProcess, body: Any, path: str | None = None, headers: Any = JSON) -> None:
    answer = node.post(body, path, headers)
    assert answer.status == 200 or answer.status in CLIENTS_FAULT, answer
    assert answer.status != 200 or b"NaN" not in answer.body


def check_grpc(node: NodeProcess, body: SeldonMessage | bytes, procedure: str | None = None) -> None:
    try:
        node.call(body, procedure)
    except grpc.RpcError as error:
        assert error.code() in CLIENTS_CODES, error  # noqa: PT017 - an answer may be one


@pytest.fixture(autouse=True)
def _alive(nodes: Nodes) -> Any:
    yield
    for node in nodes.values():
        assert node.process.poll() is None
        assert "Traceback" not in node.log.read_text()


@MANY
@given(message=nearly_messages())
def test_features_over_rest(nodes: Nodes, message: Any) -> None:
    check_rest(nodes["features"], message)


@MANY
@given(message=protobuf_messages())
def test_features_over_grpc(nodes: Nodes, message: SeldonMessage) -> None:
    check_grpc(nodes["features"], message)


@pytest.mark.parametrize("name", ["outliers", "model"])
@SOME
@given(message=nearly_messages())
def test_inner_nodes_over_rest(nodes: Nodes, name: str, message: Any) -> None:
    check_rest(nodes[name], message)


@pytest.mark.parametrize("name", ["outliers", "model"])
@SOME
@given(message=protobuf_messages())
def test_inner_nodes_over_grpc(nodes: Nodes, name: str, message: SeldonMessage) -> None:
    check_grpc(nodes[name], message)


@SOME
@given(body=bodies, path=paths, content_type=st.sampled_from(["application/json", "text/plain", "", "a/b;c"]))
def test_any_bytes_over_rest(nodes: Nodes, body: bytes, path: str, content_type: str) -> None:
    check_rest(nodes["model"], body, path, {"Content-Type": content_type})


@SOME
@given(body=st.binary(max_size=60), procedure=procedures)
def test_any_bytes_over_grpc(nodes: Nodes, body: bytes, procedure: str) -> None:
    check_grpc(nodes["model"], body, procedure)


@SOME
@given(message=nearly_messages(), truth=nearly_messages(), reward=scalars)
def test_feedback_over_rest(nodes: Nodes, message: Any, truth: Any, reward: Any) -> None:
    check_rest(nodes["model"], {"request": message, "truth": truth, "reward": reward}, "/send-feedback")


@SOME
@given(request=protobuf_messages(), truth=protobuf_messages())
def test_feedback_over_grpc(nodes: Nodes, request: SeldonMessage, truth: SeldonMessage) -> None:
    feedback = Feedback(request=request, truth=truth)
    check_grpc(nodes["model"], feedback.SerializeToString(), "/seldon.protos.Model/SendFeedback")
