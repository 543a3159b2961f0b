"""What a person types becomes a request of the signature, and the answer becomes lines to read."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from feature_repo.schema import RequestField
from serving.client.answer import UnreadableAnswerError, lines, read_answer
from serving.client.request import UnusableRequestError, description, request_row
from serving.client.transports import NoAnswerError, ask_over_grpc, ask_over_rest
from tests.examples.http_server import Request, http_server
from tests.examples.serving.model_parts import TRAINED_SIGNATURE

FIELDS = (
    RequestField(name="weight_grams", type="integer", minimum=1, maximum=9000),
    RequestField(name="height", type="number"),
    RequestField(name="courier", type="string", null_key="UNKNOWN"),
    RequestField(name="collected_at", type="instant"),
)
SIGNATURE = TRAINED_SIGNATURE.model_copy(update={"request_fields": FIELDS})
TYPED = {"weight_grams": "250", "height": "1.5", "courier": "c1", "collected_at": "2013-10-01T10:00:00Z"}


def test_every_field_gets_its_type() -> None:
    assert request_row(SIGNATURE, TYPED) == {
        "weight_grams": 250,
        "height": 1.5,
        "courier": "c1",
        "collected_at": "2013-10-01T10:00:00Z",
    }


def test_a_field_that_may_be_null_may_be_left_out() -> None:
    assert request_row(SIGNATURE, TYPED | {"courier": None})["courier"] is None


def test_all_fields_that_are_missing_are_named_by_their_options() -> None:
    with pytest.raises(UnusableRequestError, match=r"the model needs --weight-grams, --collected-at$"):
        request_row(SIGNATURE, {"height": "1.5"})


@pytest.mark.parametrize(("field", "text"), [("weight_grams", "1.5"), ("height", "tall")])
def test_what_is_no_number_is_refused_by_its_option(field: str, text: str) -> None:
    with pytest.raises(UnusableRequestError, match=f"--{field.replace('_', '-')}: '{text}' is no"):
        request_row(SIGNATURE, TYPED | {field: text})


def test_an_option_says_what_it_takes() -> None:
    assert description(FIELDS[0]) == "a whole number from 1 to 9000"
    assert description(FIELDS[2]) == "text, left out where it is not known"


@pytest.mark.parametrize(
    "data",
    [{"ndarray": [[0.25]]}, {"tensor": {"shape": [1, 1], "values": [0.25]}}],
    ids=["ndarray", "tensor"],
)
def test_an_answer_is_read_whatever_its_form(data: dict[str, object]) -> None:
    tags = {"outlier": [True], "outlier_score": [12.5], "model_version": "aa"}
    answer = read_answer({"data": data, "meta": {"tags": tags}}, "puid-1")
    assert list(lines(answer, SIGNATURE)) == [
        "probability        0.2500  that delivered after the promised day",
        "model_version      aa",
        "outlier            yes",
        "outlier_score      12.5",
        "request            puid-1",
    ]


def test_an_answer_without_a_prediction_is_refused() -> None:
    with pytest.raises(UnreadableAnswerError, match="no prediction"):
        read_answer({"strData": "healthy"}, "")


@pytest.mark.parametrize("ask", [ask_over_rest, ask_over_grpc])
@pytest.mark.parametrize("address", ["foo:bar", "a..b:80", "[::1:80"])
def test_an_address_that_is_none_is_named(ask: Callable[..., object], address: str) -> None:
    with pytest.raises(NoAnswerError) as raised:
        ask(address, TYPED)
    assert address in str(raised.value)


@pytest.fixture
def page() -> Iterator[str]:
    """The address of a server that is none of ours."""

    def answered(request: Request) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(b"<html>")

    with http_server(POST=answered) as address:
        yield address


def test_an_answer_that_is_no_json_comes_from_no_served_model(page: str) -> None:
    with pytest.raises(NoAnswerError, match=rf"{page}/api/v1.0/predictions is no served model$"):
        ask_over_rest(page, TYPED)


def test_what_speaks_no_grpc_is_told_from_nobody(page: str) -> None:
    with pytest.raises(NoAnswerError, match=rf"^what listens at {page} does not answer over gRPC"):
        ask_over_grpc(page, TYPED)


def test_what_speaks_no_rest_is_told_from_nobody() -> None:
    with ThreadPoolExecutor(1) as threads:
        server = grpc.server(threads)
        address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        with pytest.raises(NoAnswerError, match=rf"^what listens at {address} does not answer over REST"):
            ask_over_rest(address, TYPED)
        server.stop(None).wait()


@pytest.mark.parametrize("ask", [ask_over_rest, ask_over_grpc])
def test_nobody_is_told_from_all_others(ask: Callable[..., object]) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        with pytest.raises(NoAnswerError, match=r"^nobody answers at "):
            ask(f"127.0.0.1:{unheard.getsockname()[1]}", TYPED)
