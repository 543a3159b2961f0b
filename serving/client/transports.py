"""Sends one row to a served model, over REST or over gRPC."""

from collections.abc import Mapping
from typing import Any

import grpc
import requests
from google.protobuf.json_format import MessageToDict, ParseDict
from seldon_core.proto import prediction_pb2, prediction_pb2_grpc
from urllib3.exceptions import LocationParseError

from serving.client.answer import Answer, read_answer

TIMEOUT_SECONDS = 30.0
PUID = "seldon-puid"
# How gRPC says that there is no connection; the second for a name that nobody has, or that can be none.
_NOBODY = ("failed to connect", "errors resolving")
_START = "is it served? `make serve` serves what is published on this machine"


class NoAnswerError(RuntimeError):
    """There is no prediction: it was refused, it failed, or nobody is there; the message says which."""


def ask_over_rest(address: str, row: Mapping[str, Any]) -> Answer:
    """The answer to one row from `host:port`; raises NoAnswerError, UnreadableAnswerError."""
    url = f"http://{address}/api/v1.0/predictions"
    try:
        response = requests.post(url, json={"jsonData": {"rows": [row]}}, timeout=TIMEOUT_SECONDS)
    except requests.ConnectionError as error:
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
            details = error.details() or ""
            if error.code() is grpc.StatusCode.UNAVAILABLE and any(words in details for words in _NOBODY):
                raise NoAnswerError(f"nobody answers at {address}: {_START}") from error
            raise NoAnswerError(f"refused with {error.code().name}: {details}") from error
        names = {key: value for key, value in call.initial_metadata() or () if key == PUID}
    return read_answer(MessageToDict(answer), str(names.get(PUID, "")))


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
