"""Seldon messages in both forms: what they hold, and how an answer to them is written."""

import json
import tracemalloc
from typing import Any

import numpy as np
import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from seldon_core.proto.prediction_pb2 import SeldonMessage

from serving.messages import json_message, protobuf_message
from serving.messages.content import Answer, array_of_rows, array_of_tensor
from serving.refusal import RefusedRequestError

numbers = arrays.arrays(
    np.float64,
    arrays.array_shapes(min_dims=2, max_dims=2, max_side=4),
    elements=st.floats(allow_infinity=False, width=32),
)


def answer(data: Any, **changes: Any) -> Answer:
    return Answer(**{"data": data, "names": ["a"], "tags": {}, "metrics": [], **changes})


def encoded(form: Any, reply: Answer, request: dict[str, Any] | None = None) -> dict[str, Any]:
    message = json_message.decode(json.dumps(request or {"data": {"ndarray": []}}).encode())
    return json.loads(json_message.encode(message, form, reply))


@given(rows=numbers)
@pytest.mark.parametrize("form", ["ndarray", "tensor"])
def test_numbers_survive_both_forms_on_the_way(form: Any, rows: np.ndarray) -> None:
    for codec in (json_message, protobuf_message):
        empty = codec.decode(b"" if codec is protobuf_message else b"{}")
        sent = codec.decode(codec.encode(empty, form, answer(rows)))
        content = codec.content(sent)
        np.testing.assert_array_equal(np.array(content.payload, dtype=float), rows)
        assert content.form == form


def test_a_missing_number_is_null_in_json() -> None:
    rows = np.array([[1.5, np.nan]])
    assert encoded("ndarray", answer(rows))["data"]["ndarray"] == [[1.5, None]]
    assert encoded("tensor", answer(rows))["data"]["tensor"] == {"shape": [1, 2], "values": [1.5, None]}


def test_numbers_beside_texts_stay_numbers() -> None:
    array = array_of_rows([["UA", 1545, None], ["AA", 1, "N1"]])
    assert array.tolist() == [["UA", 1545, None], ["AA", 1, "N1"]]


@pytest.mark.parametrize("rows", [[[1, 2], [3, 4.5]], [[1, 2]], [1, 2], [[], []], []])
def test_numbers_alone_are_an_array_of_numbers(rows: list[Any]) -> None:
    array = array_of_rows(rows)
    assert array.dtype == np.float64
    assert array.tolist() == rows


def test_one_long_text_does_not_make_all_others_as_long() -> None:
    rows = [["x" * 10_000], *[["y"]] * 2_000]
    tracemalloc.start()
    try:
        array_of_rows(rows)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("rows", [[[1], [1, 2]], [[1], 1], [1, [1]]])
def test_ragged_rows_are_refused_by_their_row(rows: list[Any]) -> None:
    with pytest.raises(RefusedRequestError, match="row 1 is not as long as row 0"):
        array_of_rows(rows)


@pytest.mark.parametrize("shape", [[2, 2], [-1, 3], [3, -1], [], [1] * 64 + [3], [2**31] * 4])
def test_a_tensor_fills_its_shape(shape: list[int]) -> None:
    with pytest.raises(RefusedRequestError):
        array_of_tensor(shape, np.zeros(3))


@pytest.mark.parametrize(
    "shape",
    [[2**62, 0], [0, 10**30], [2**31 - 1, 2**31 - 1, 2**31 - 1, 0], [2**32, 2**32], [0] * 100, [-1, 0]],
)
def test_an_empty_tensor_has_a_shape_that_can_be(shape: list[int]) -> None:
    with pytest.raises(RefusedRequestError, match="the tensor's 0 values"):
        array_of_tensor(shape, np.zeros(0))


def test_an_answer_keeps_what_came_with_the_request() -> None:
    meta = {
        "puid": "one",
        "tags": {"a": [1], "b": "old"},
        "metrics": [{"key": "before", "type": "COUNTER", "value": 1.0}],
        "requestPath": {"before": "image:1"},
    }
    metric = {"key": "now", "type": "GAUGE", "value": 2.0}
    reply = answer(np.ones((1, 1)), tags={"b": np.float64(1), "c": [True, None]}, metrics=[metric])
    tags = {"a": [1], "b": 1, "c": [True, None]}
    document = encoded("ndarray", reply, {"meta": meta, "data": {"ndarray": [[1]]}})
    assert document["meta"] == meta | {"tags": tags, "metrics": [*meta["metrics"], metric]}
    request = json_format.ParseDict({"meta": meta}, SeldonMessage())
    message = SeldonMessage.FromString(protobuf_message.encode(request, "ndarray", reply))
    assert json_format.MessageToDict(message.meta)["tags"] == tags
    assert [item.key for item in message.meta.metrics] == ["before", "now"]
    assert (message.meta.puid, dict(message.meta.requestPath)) == ("one", {"before": "image:1"})


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"a": [1, None]}, {"jsonData": {"a": [1, None]}}),
        ("text", {"strData": "text"}),
        (b"bytes", {"binData": "Ynl0ZXM="}),
        (np.array([["a"], ["b"]]), {"data": {"names": ["a"], "ndarray": [["a"], ["b"]]}}),
    ],
)
def test_other_answers_go_where_seldon_puts_them(data: Any, expected: dict[str, Any]) -> None:
    assert encoded("tensor", answer(data)) == expected | {"meta": {}}
    message = SeldonMessage.FromString(protobuf_message.encode(SeldonMessage(), "tensor", answer(data)))
    document = json_format.MessageToDict(message)
    document.pop("meta", None)
    assert document == expected


def test_rows_that_came_as_objects_go_back_as_a_tensor() -> None:
    assert encoded("other", answer(np.ones((1, 1))))["data"]["tensor"] == {"shape": [1, 1], "values": [1.0]}
