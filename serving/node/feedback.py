"""Feedback: to the component, and, where no executor logs it, to the monitor.

The executor logs feedback that comes over REST as a CloudEvent; over gRPC it only hands it to the model.
"""

import uuid
from datetime import UTC, datetime
from typing import Any

import numpy as np
import urllib3
from msgspec import DecodeError, Struct, json
from numpy.typing import NDArray
from seldon_core.env_utils import get_model_name, get_predictor_name
from seldon_core.proto.prediction_pb2 import DefaultData, Feedback, Meta, SeldonMessage

from serving.messages import protobuf_message
from serving.messages.content import Form
from serving.node.calls import FEEDBACK_THREADS
from serving.node.component import Component
from serving.refusal import AT_FAULT, UNAVAILABLE, RefusedRequestError

EVENT_TYPE = "io.seldon.serving.feedback"
# Longer than the monitor waits for its store before it keeps an event without it.
SECONDS = 5.0
LONGEST = 200
CLIENT_ERROR = 400
SERVER_ERROR = 500


class Refusal(Struct):
    """What the monitor answers to an event that it does not take."""

    message: str


def tell(component: Component, feedback: Feedback) -> bytes:
    """Hand feedback to the component and answer it, as protobuf.

    Raises RefusedRequestError where it cannot be read.
    """
    features, truth = (_array(message) for message in (feedback.request, feedback.truth))
    routing = feedback.response.meta.routing.get(get_model_name("0"))
    names = list(feedback.request.data.names)
    answer = component.feedback(features, names, feedback.reward, truth, routing=routing)
    request = SeldonMessage(meta=Meta(puid=feedback.request.meta.puid))
    return protobuf_message.encode(request, _form(feedback.request.data), answer)


class Monitor:
    """The monitor of this node's pod, told of feedback as the executor would tell it."""

    def __init__(self, url: str, deployment: str, namespace: str, node: str) -> None:
        self._url = url
        self._attributes = {
            "ce-specversion": "1.0",
            "ce-type": EVENT_TYPE,
            "ce-source": f"/nodes/{node}",
            "ce-protocol": "seldon",
            "ce-inferenceservicename": deployment,
            "ce-namespace": namespace,
            "ce-endpoint": get_predictor_name("default"),
            "ce-modelid": node,
            "content-type": "application/protobuf",
        }
        self._pool = urllib3.PoolManager(timeout=SECONDS, retries=False, maxsize=FEEDBACK_THREADS)

    def tell(self, feedback: Feedback, request_id: str) -> None:
        """Have the monitor keep feedback; when this returns, it does.

        Raises RefusedRequestError where it refuses it, or cannot be reached.
        """
        event = {
            "ce-id": str(uuid.uuid4()),
            "ce-time": datetime.now(UTC).isoformat(),
            "ce-requestid": request_id or str(uuid.uuid4()),
        }
        body = feedback.SerializeToString()
        try:
            answer = self._pool.request("POST", self._url, body=body, headers=self._attributes | event)
        except urllib3.exceptions.HTTPError as error:
            raise RefusedRequestError("the monitor cannot be reached", UNAVAILABLE) from error
        if CLIENT_ERROR <= answer.status < SERVER_ERROR:
            raise RefusedRequestError(f"the monitor refuses the feedback: {_reason(answer.data)}", AT_FAULT)
        if answer.status >= SERVER_ERROR:
            raise RefusedRequestError(f"the monitor answers {answer.status}", UNAVAILABLE)


def _reason(body: bytes) -> str:
    """What a refusal says, or the beginning of what another than the monitor answers."""
    try:
        return json.decode(body, type=Refusal).message
    except (DecodeError, UnicodeDecodeError):
        return body[:LONGEST].decode(errors="replace")


def _form(data: DefaultData) -> Form:
    return "ndarray" if data.HasField("ndarray") else "tensor"


def _array(message: SeldonMessage) -> NDArray[Any]:
    """The rows of one side of feedback; empty where it has none."""
    if message.data.WhichOneof("data_oneof") is None:
        return np.empty(0)
    rows: NDArray[Any] = protobuf_message.content(message).payload
    return rows
