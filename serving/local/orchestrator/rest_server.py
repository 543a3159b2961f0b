"""The REST interface of the orchestrator."""

import asyncio
import json
import logging
import time

from aiohttp import web
from google.protobuf import json_format
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from seldon_core.proto import prediction_pb2

from serving.local.orchestrator import headers
from serving.local.orchestrator.arguments import Arguments
from serving.local.orchestrator.events import EventLog
from serving.local.orchestrator.graph import Node, Predictor
from serving.local.orchestrator.metadata import edges
from serving.local.orchestrator.metrics import Metrics
from serving.local.orchestrator.rest_transport import (
    JSON,
    METADATA,
    STATUS,
    Body,
    NodeRefusedError,
    NodeUnreachableError,
    RestTransport,
)
from serving.local.orchestrator.routes import Found, NotFound, Service, find
from serving.local.orchestrator.walk import Request, Walk

logger = logging.getLogger(__name__)

# Go's encoder writes what HTML could read in another way as escapes, in whatever passes through it.
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_ESCAPED = {character.encode(): escape.encode() for character, escape in _ESCAPES.items()}
_TRUE = ("true", "on", "1")


class RestServer:
    """Answers what clients ask over REST."""

    def __init__(
        self,
        arguments: Arguments,
        predictor: Predictor,
        transport: RestTransport,
        events: EventLog,
        metrics: Metrics,
    ) -> None:
        self._arguments = arguments
        self._predictor = predictor
        self._transport = transport
        self._walk = Walk(transport, events)
        self._metrics = metrics
        self.draining = False

    def application(self) -> web.Application:
        """The server's application; a request may be of any size."""
        application = web.Application(client_max_size=0)
        application.router.add_route("*", "/{path:.*}", self._answer)
        application.on_response_prepare.append(headers.in_order)
        return application

    async def _answer(self, request: web.Request) -> web.Response:
        response = await self._routed(request)
        if self.draining:
            # A client that keeps its connection would not notice that another pod has taken over.
            response.force_close()
        return response

    async def _routed(self, request: web.Request) -> web.Response:
        puid = headers.puid_of(request)
        plain = headers.common(puid, ()) | self._of_event(request, puid)
        if request.path == "/live":
            return web.Response(headers=plain)
        if request.path == "/ready":
            return await self._ready(plain)
        if request.path == self._arguments.prometheus_path:
            return self._exposed(plain)
        found = find(request.path, request.method)
        if isinstance(found, NotFound):
            return _unknown(found.status)
        known = plain | headers.common(puid, found.route.methods)
        if request.method == "OPTIONS":
            return web.Response(headers=known)
        return await self._measured(request, found, puid, known)

    async def _measured(
        self, request: web.Request, found: Found, puid: str, known: dict[str, str]
    ) -> web.Response:
        started = time.perf_counter()
        try:
            response = await self._serve(request, found, puid, known)
        except NodeRefusedError as error:
            response = _response(error.status, error.body.data, headers.error(known))
        # A connection that breaks here is the client's, in the middle of its body.
        except (NodeUnreachableError, ConnectionError, LookupError, ValueError) as error:
            logger.error("%s failed: %s", request.path, error)  # noqa: TRY400 - one line
            response = _response(500, _failure(str(error)), headers.error(known))
        seconds = time.perf_counter() - started
        service, method = found.route.service.value, request.method.lower()
        self._metrics.answered(service, method, str(response.status), seconds)
        return response

    async def _serve(
        self, request: web.Request, found: Found, puid: str, known: dict[str, str]
    ) -> web.Response:
        passed = _request(request, puid)
        route = found.route
        if route.ready:
            return await self._ready(known)
        if route.service is Service.STATUS:
            body = await self._transport.get(self._node(found.node), STATUS, passed)
        elif route.service is Service.METADATA:
            body = await self._metadata(found.node, passed)
        else:
            message = Body(await request.read(), request.headers.get("Content-Type", ""))
            walked = self._walk.feedback if route.service is Service.FEEDBACK else self._walk.predict
            body = await walked(self._predictor.graph, message, passed)
        return _success(body, known)

    async def _metadata(self, name: str | None, passed: Request) -> Body:
        if name is not None:
            return await self._transport.get(self._node(name), METADATA, passed)
        models = {}
        for node in self._predictor.graph.nodes():
            answer = json.loads((await self._transport.get(node, METADATA, passed)).data)
            kept = ("name", "platform", "versions", "inputs", "outputs", "custom")
            models[node.name] = {
                key: answer[key] for key in kept if answer.get(key) or key in {"inputs", "outputs"}
            }
        first, last = edges(self._predictor.graph)
        document = {
            "name": self._predictor.name,
            "models": dict(sorted(models.items())),
            "graphinputs": models[first.name]["inputs"],
            "graphoutputs": models[last.name]["outputs"],
        }
        return Body(json.dumps(document, separators=(",", ":")).encode(), JSON)

    def _node(self, name: str | None) -> Node:
        node = self._predictor.node(name or "")
        if node is None:
            raise ValueError(f"Failed to find model {name}")
        return node

    async def _ready(self, known: dict[str, str]) -> web.Response:
        """200 when every node's port accepts connections, 503 otherwise; nothing more is asked."""
        for node in reversed(self._predictor.graph.nodes()):
            try:
                _, writer = await asyncio.open_connection(node.endpoint.host, node.endpoint.service_port)
            except OSError as error:
                logger.warning("Ready check failed: %s", error)
                return web.Response(status=503, headers=known)
            writer.close()
        return web.Response(headers=known)

    def _exposed(self, known: dict[str, str]) -> web.Response:
        text = generate_latest(self._metrics.registry)
        return web.Response(body=text, headers=known | {"Content-Type": CONTENT_TYPE_LATEST})

    def _of_event(self, request: web.Request, puid: str) -> dict[str, str]:
        return headers.of_event(request, puid, self._arguments.deployment, self._arguments.namespace)


def _request(request: web.Request, puid: str) -> Request:
    passed = [item for item in request.headers.items() if item[0].lower() != headers.PUID.lower()]
    skipped = request.headers.getall("Seldon-Skip-Logging", [])
    return Request(
        headers=(*passed, (headers.PUID, puid)),
        puid=puid,
        logged=not any(value.lower() in _TRUE for value in skipped),
    )


def _success(body: Body, known: dict[str, str]) -> web.Response:
    named = known | {"Content-Type": body.content_type}
    if body.content_encoding:
        return web.Response(body=body.data, headers=named | {"Content-Encoding": body.content_encoding})
    return _response(200, body.data, named)


def _response(status: int, data: bytes, named: dict[str, str]) -> web.Response:
    for character, escape in _ESCAPED.items():
        data = data.replace(character, escape)
    return web.Response(status=status, body=data, headers=named)


def _failure(reason: str) -> bytes:
    failed = prediction_pb2.Status.StatusFlag.FAILURE
    status = prediction_pb2.Status(code=500, info=reason, status=failed)
    document = json_format.MessageToDict(prediction_pb2.SeldonMessage(status=status))
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def _unknown(status: int) -> web.Response:
    if status == 405:
        return web.Response(status=405)
    named = {"Content-Type": headers.PLAIN, "X-Content-Type-Options": "nosniff"}
    return web.Response(status=404, body=b"404 page not found\n", headers=named)
