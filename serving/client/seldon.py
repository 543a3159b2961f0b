"""Seldon's REST and gRPC, as a program speaks them: one row asked, one row answered, and what came of it.

The answer is held to the contract, tag by tag; a person at the command line is told whatever was answered.
"""

import json
import time
from dataclasses import dataclass
from typing import Any, Protocol

import grpc
import urllib3
from google.protobuf import json_format
from seldon_core.proto.prediction_pb2 import Feedback, SeldonMessage
from seldon_core.proto.prediction_pb2_grpc import SeldonStub

PUID = "Seldon-Puid"
SECONDS = 10.0
OK = 200
# Else channels to one address share what connects them, its last failure and the wait after it included.
_ALONE = [("grpc.use_local_subchannel_pool", 1)]


class RefusedError(RuntimeError):
    """A prediction or feedback that the deployment did not take."""


@dataclass(frozen=True)
class Answer:
    """What was answered to a row, and after how many milliseconds the client had it."""

    probability: float
    outlier: bool
    outlier_score: float
    missing: int
    model_version: str
    milliseconds: float


class Transport(Protocol):
    """A way to a deployment; both methods raise RefusedError."""

    name: str

    def predict(self, fields: dict[str, Any], puid: str) -> Answer:
        """Ask for one row, under a request id of ours."""

    def tell(self, puid: str, actual: int) -> None:
        """Send what came true of the one row of a request."""


class Rest:
    """Over HTTP, on a connection that stays open; `address` is `http://host:port`."""

    name = "REST"

    def __init__(self, address: str) -> None:
        self._address = address
        self._pool = urllib3.PoolManager(timeout=SECONDS, retries=False)

    def predict(self, fields: dict[str, Any], puid: str) -> Answer:
        """Ask for one row."""
        body = json.dumps(_request(fields)).encode()
        started = time.perf_counter()
        answered = self._post("predictions", body, {PUID: puid})
        milliseconds = (time.perf_counter() - started) * 1000
        return _answer(_document(answered), milliseconds)

    def tell(self, puid: str, actual: int) -> None:
        """Send what came true."""
        self._post("feedback", json.dumps(_feedback(puid, actual)).encode(), {})

    def _post(self, call: str, body: bytes, headers: dict[str, str]) -> bytes:
        headers = {"Content-Type": "application/json", **headers}
        url = f"{self._address}/api/v1.0/{call}"
        try:
            answer = self._pool.request("POST", url, body=body, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise RefusedError(f"{url}: {error}") from error
        if answer.status != OK:
            raise RefusedError(f"{url} answers {answer.status}: {answer.data.decode(errors='replace')}")
        return answer.data


class Grpc:
    """Over a gRPC channel with a connection of its own; `address` is `host:port`."""

    name = "gRPC"

    def __init__(self, address: str) -> None:
        self._stub = SeldonStub(grpc.insecure_channel(address, options=_ALONE))

    def predict(self, fields: dict[str, Any], puid: str) -> Answer:
        """Ask for one row."""
        message = json_format.ParseDict(_request(fields), SeldonMessage())
        metadata = ((PUID.lower(), puid),)
        started = time.perf_counter()
        answered = self._call(self._stub.Predict, message, metadata)
        milliseconds = (time.perf_counter() - started) * 1000
        return _answer(json_format.MessageToDict(answered), milliseconds)

    def tell(self, puid: str, actual: int) -> None:
        """Send what came true."""
        self._call(self._stub.SendFeedback, json_format.ParseDict(_feedback(puid, actual), Feedback()), ())

    def _call(self, method: Any, message: Any, metadata: tuple[tuple[str, str], ...]) -> Any:
        try:
            return method(message, metadata=metadata, timeout=SECONDS)
        except grpc.RpcError as error:
            raise RefusedError(f"gRPC: {error}") from error


def _request(fields: dict[str, Any]) -> dict[str, Any]:
    return {"data": {"names": list(fields), "ndarray": [list(fields.values())]}}


def _feedback(puid: str, actual: int) -> dict[str, Any]:
    return {"response": {"meta": {"puid": puid}}, "truth": {"data": {"ndarray": [[actual]]}}}


def _document(answered: bytes) -> Any:
    """What was answered; raises RefusedError for the page of somebody else on the way, such as a sign-in."""
    try:
        return json.loads(answered)
    except ValueError as error:
        raise RefusedError(f"no answer in JSON: {answered[:500].decode(errors='replace')}") from error


def _answer(document: Any, milliseconds: float) -> Answer:
    """Read an answer to one row; raises RefusedError where it is not what the contract says."""
    try:
        data, tags = document["data"], document["meta"]["tags"]
        (probability,) = data["tensor"]["values"] if "tensor" in data else data["ndarray"][0]
        (outlier,), (score,), (missing,) = (
            tags[name] for name in ("outlier", "outlier_score", "missing_features")
        )
        version = tags["model_version"]
        return Answer(probability, bool(outlier), float(score), int(missing), version, milliseconds)
    except (LookupError, ValueError, TypeError) as error:
        raise RefusedError(f"no answer to one row: {json.dumps(document)[:500]}") from error
