"""Sends one row to a served model, over REST or over gRPC."""

from collections.abc import Mapping
from typing import Any

import grpc
import requests
from google.protobuf.json_format import MessageToDict, ParseDict
from seldon_core.proto import prediction_pb2, prediction_pb2_grpc
from urllib3.exceptions import LocationParseError, ProtocolError

from serving.client.answer import Answer, read_answer

TIMEOUT_SECONDS = 30.0
PUID = "seldon-puid"
# How gRPC says that there is no connection; the second for a name that nobody has, or that can be none.
_NOBODY = ("failed to connect", "errors resolving")
# How gRPC says that somebody is there who speaks no gRPC.
_OTHERS = ("Failed parsing HTTP/2", "http1.x server", "Socket closed")
_START = "is it served? `make serve` serves what is published on this machine"


class NoAnswerError(RuntimeError):
    """There is no prediction: it was refused, it failed, or nobody is there; the message says which."""


def ask_over_rest(address: str, row: Mapping[str, Any]) -> Answer:
    """The answer to one row from `host:port`; raises NoAnswerError, UnreadableAnswerError."""
    url = f"http://{address}/api/v1.0/predictions"
    try:
        response = requests.post(url, json={"jsonData": {"rows": [row]}}, timeout=TIMEOUT_SECONDS)
    except requests.ConnectionError as error:
        # Its first argument is urllib3's error, which alone tells a refusal to connect from what came after.
        if isinstance(error.args[0], ProtocolError):
            raise NoAnswerError(
                f"what listens at {address} does not answer over REST: does it speak gRPC?"
            ) from error
        raise NoAnswerError(f"nobody answers at {url}: {_START}") from error
    except requests.Timeout as error:
        raise NoAnswerError(f"{url} did not answer within {TIMEOUT_SECONDS:g} s") from error
    # The second is one that requests lets through.
    except (requests.RequestException, LocationParseError) as error:
        raise NoAnswerError(f"{address} cannot be asked: {error}") from error
    if response.status_code != requests.codes.ok:
        raise NoAnswerError(f"refused with status {response.status_code}: {_reason(response)}")
    return read_answer(_document(response), response.headers.get(PUID, ""))


def ask_over_grpc(address: str, row: Mapping[str, Any]) -> Answer:
    """The answer to one row from `host:port`; raises NoAnswerError, UnreadableAnswerError."""
    message = ParseDict({"jsonData": {"rows": [row]}}, prediction_pb2.SeldonMessage())
    with grpc.insecure_channel(address) as channel:
        try:
            answer, call = prediction_pb2_grpc.SeldonStub(channel).Predict.with_call(
                message, timeout=TIMEOUT_SECONDS
            )
        except grpc.RpcError as error:
            raise NoAnswerError(_failure(address, error.code(), error.details() or "")) from error
        names = {key: value for key, value in call.initial_metadata() or () if key == PUID}
    return read_answer(MessageToDict(answer), str(names.get(PUID, "")))


def _failure(address: str, code: grpc.StatusCode, details: str) -> str:
    if code is not grpc.StatusCode.UNAVAILABLE or not any(words in details for words in _NOBODY):
        return f"refused with {code.name}: {details}"
    if any(words in details for words in _OTHERS):
        return f"what listens at {address} does not answer over gRPC: does it speak REST?"
    return f"nobody answers at {address}: {_START}"


def _document(response: requests.Response) -> Any:
    try:
        return response.json()
    except requests.JSONDecodeError as error:
        raise NoAnswerError(f"what answers at {response.url} is no served model") from error


def _reason(response: requests.Response) -> str:
    try:
        return str(response.json()["status"]["info"])
    except (ValueError, KeyError, TypeError):
        return response.text.strip() or response.reason
