"""Calls nodes over REST, and passes on what they say byte for byte."""

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
from google.protobuf import json_format
from seldon_core.proto import prediction_pb2

from serving.local.orchestrator import wording
from serving.local.orchestrator.graph import Node
from serving.local.orchestrator.metrics import Metrics
from serving.local.orchestrator.protobuf import child_of_feedback, chosen_child
from serving.local.orchestrator.walk import Method, Request

logger = logging.getLogger(__name__)

JSON = "application/json"
STATUS, METADATA = "/health/status", "/metadata"
# They belong to one connection, or the client writes its own.
_NOT_PASSED_ON = {
    *("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
    *("host", "content-length", "content-type", "expect"),
}


@dataclass(frozen=True)
class Body:
    """A message as it came: its bytes, their content type and encoding, both empty where none is named."""

    data: bytes
    content_type: str = ""
    content_encoding: str = ""


class NodeRefusedError(Exception):
    """A node answered with another status than 200."""

    def __init__(self, status: int, body: Body) -> None:
        super().__init__(f"status code {status}")
        self.status = status
        self.body = body


class NodeUnreachableError(Exception):
    """A node gave no answer; the message says why in the executor's words."""


class RestTransport:
    """Asks nodes over REST."""

    def __init__(self, session: aiohttp.ClientSession, metrics: Metrics) -> None:
        self._session = session
        self._metrics = metrics

    async def call(self, node: Node, method: Method, message: Body, request: Request) -> Body:
        """Post a message to a node.

        Raises:
            NodeRefusedError: It answered with another status than 200.
            NodeUnreachableError: It did not answer.
        """
        return await self._ask(node, method.value, message, request)

    async def get(self, node: Node, path: str, request: Request) -> Body:
        """Ask a node for its status or its metadata; raises as `call` does."""
        return await self._ask(node, path, None, request)

    async def aggregate(self, node: Node, messages: Sequence[Body], request: Request) -> Body:
        """Post several messages to a combiner, as one JSON list."""
        joined = b"[" + b",".join(message.data for message in messages) + b"]"
        return await self.call(node, Method.AGGREGATE, Body(joined, messages[0].content_type), request)

    def route(self, answer: Body) -> int:
        """The child that a router names, in a message or in a bare JSON list."""
        read = json.loads(answer.data)
        if isinstance(read, list):
            return int(read[0])
        return chosen_child(json_format.ParseDict(read, prediction_pb2.SeldonMessage()))

    def feedback_route(self, message: Body, node: Node) -> int:
        """The child that the answered prediction took; all of them where the feedback does not say."""
        try:
            feedback = json_format.Parse(message.data, prediction_pb2.Feedback())
        except json_format.ParseError:
            feedback = prediction_pb2.Feedback()
        return child_of_feedback(feedback, node.name)

    def body(self, message: Body) -> tuple[bytes, str]:
        """The bytes and the content type under which a message is logged."""
        return message.data, message.content_type

    async def _ask(self, node: Node, path: str, message: Body | None, request: Request) -> Body:
        url = f"http://{node.endpoint.host}:{node.endpoint.http_port}{path}"
        method = "GET" if message is None else "POST"
        started = time.perf_counter()
        try:
            status, body = await self._exchange(method, url, message, request)
        except (aiohttp.ClientError, OSError) as error:
            logger.error("%s %s failed: %r", method, url, error)  # noqa: TRY400 - one line
            raise NodeUnreachableError(wording.rest_failure(method, url, error)) from error
        self._metrics.called(path, node.name, method.lower(), str(status), time.perf_counter() - started)
        if status != 200:
            raise NodeRefusedError(status, body)
        return body

    async def _exchange(
        self, method: str, url: str, message: Body | None, request: Request
    ) -> tuple[int, Body]:
        try:
            return await self._exchange_once(method, url, message, request)
        except (aiohttp.ServerDisconnectedError, ConnectionResetError):
            # The node closed the kept connection just when it was used again; Go's client asks anew, too.
            return await self._exchange_once(method, url, message, request)

    async def _exchange_once(
        self, method: str, url: str, message: Body | None, request: Request
    ) -> tuple[int, Body]:
        headers = _passed_on(request, message)
        data = None if message is None else message.data
        async with self._session.request(method, url, data=data, headers=headers) as response:
            kind = response.headers.get("Content-Type", "")
            encoding = response.headers.get("Content-Encoding", "")
            return response.status, Body(await response.read(), kind, encoding)


def _passed_on(request: Request, message: Body | None) -> list[tuple[str, str]]:
    headers = [item for item in request.headers if item[0].lower() not in _NOT_PASSED_ON]
    if message is not None:
        # Also where it is empty: a node then refuses what its caller did not name.
        headers.append(("Content-Type", message.content_type))
        if message.content_encoding:
            headers.append(("Content-Encoding", message.content_encoding))
    if not any(name.lower() == "user-agent" for name, _ in headers):
        headers.append(("User-Agent", "Go-http-client/1.1"))
    return headers
