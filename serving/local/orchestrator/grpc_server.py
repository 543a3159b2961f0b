"""The gRPC interface of the orchestrator: the service `seldon.protos.Seldon`, and reflection."""

import time
import uuid
from collections.abc import Awaitable
from typing import Any, NoReturn

import grpc
from grpc_reflection.v1alpha import reflection
from seldon_core.proto import prediction_pb2, prediction_pb2_grpc

from serving.local.orchestrator import wording
from serving.local.orchestrator.client_faults import RefuseUnreadable
from serving.local.orchestrator.events import EventLog
from serving.local.orchestrator.graph import Predictor
from serving.local.orchestrator.grpc_transport import GrpcTransport, NodeFailedError
from serving.local.orchestrator.metadata import edges
from serving.local.orchestrator.metrics import Metrics
from serving.local.orchestrator.walk import Request, Walk

PUID = "seldon-puid"
_SERVICE = "/seldon.protos.Seldon/"
# gRPC writes these itself.
_NOT_PASSED_ON = ("grpc-", ":", "content-type", "user-agent", "te")

Context = Any


class SeldonService(prediction_pb2_grpc.SeldonServicer):
    """Answers what clients ask over gRPC."""

    def __init__(
        self, predictor: Predictor, transport: GrpcTransport, events: EventLog, metrics: Metrics
    ) -> None:
        self._predictor = predictor
        self._transport = transport
        self._walk = Walk(transport, events)
        self._metrics = metrics

    async def Predict(self, request: Any, context: Context) -> Any:  # noqa: N802 - the service's name
        """The answer of the graph."""
        passed = _request(context)
        await _name(context, passed)
        walked = self._walk.predict(self._predictor.graph, request, passed)
        return await self._measured("Predict", walked, context)

    async def SendFeedback(self, request: Any, context: Context) -> Any:  # noqa: N802 - the service's name
        """What the topmost node answers to feedback, which the executor does not log over gRPC."""
        passed = _request(context)
        await _name(context, passed)
        unlogged = Request(headers=passed.headers, puid=None)
        walked = self._walk.feedback(self._predictor.graph, request, unlogged)
        answer = await self._measured("SendFeedback", walked, context)
        is_answer = isinstance(answer, prediction_pb2.SeldonMessage)
        return answer if is_answer else prediction_pb2.SeldonMessage()

    async def ModelMetadata(self, request: Any, context: Context) -> Any:  # noqa: N802 - the service's name
        """What a node says of itself."""
        node = self._predictor.node(request.name)
        if node is None:
            await _abort(context, grpc.StatusCode.UNKNOWN, f"Failed to find model {request.name}")
        asked = self._transport.metadata(node, _request(context))
        return await self._measured("ModelMetadata", asked, context)

    async def GraphMetadata(self, request: Any, context: Context) -> Any:  # noqa: ARG002, N802 - the service's
        """What all nodes say of themselves, and what the graph takes and gives."""
        return await self._measured("GraphMetadata", self._graph_metadata(_request(context)), context)

    async def _graph_metadata(self, passed: Request) -> Any:
        nodes = self._predictor.graph.nodes()
        models = {node.name: await self._transport.metadata(node, passed) for node in nodes}
        first, last = edges(self._predictor.graph)
        return prediction_pb2.SeldonGraphMetadata(
            name=self._predictor.name,
            models=models,
            inputs=models[first.name].inputs,
            outputs=models[last.name].outputs,
        )

    async def _measured(self, method: str, answer: Awaitable[Any], context: Context) -> Any:
        started, code = time.perf_counter(), grpc.StatusCode.OK
        try:
            return await answer
        except NodeFailedError as error:
            code = error.code
            await _abort(context, code, error.details)
        except (LookupError, ValueError) as error:
            code = grpc.StatusCode.UNKNOWN
            await _abort(context, code, str(error))
        finally:
            seconds = time.perf_counter() - started
            self._metrics.answered(_SERVICE + method, "unary", wording.grpc_code(code), seconds)


def grpc_server(service: SeldonService, *, connection_seconds: float | None) -> grpc.aio.Server:
    """A server of the service; no connection grows older than `connection_seconds`.

    A connection that comes to its age is ended between requests, and its client opens another: that is how
    clients move to a new pod before this one ends.
    """
    options: list[tuple[str, int]] = [
        ("grpc.max_send_message_length", -1),
        ("grpc.max_receive_message_length", -1),
        ("grpc.so_reuseport", 0),
    ]
    if connection_seconds is not None:
        options.append(("grpc.max_connection_age_ms", int(connection_seconds * 1000)))
    server = grpc.aio.server(interceptors=[RefuseUnreadable()], options=options)
    prediction_pb2_grpc.add_SeldonServicer_to_server(service, server)
    name = prediction_pb2.DESCRIPTOR.services_by_name["Seldon"].full_name
    reflection.enable_server_reflection((name, reflection.SERVICE_NAME), server)
    return server


def _request(context: Context) -> Request:
    given = [(str(key), value) for key, value in context.invocation_metadata() or ()]
    passed = [item for item in given if not item[0].startswith(_NOT_PASSED_ON)]
    puid = next((str(value) for key, value in passed if key == PUID), None)
    if puid is None:
        puid = str(uuid.uuid4())
        passed.append((PUID, puid))
    return Request(headers=tuple(passed), puid=puid)


async def _name(context: Context, passed: Request) -> None:
    await context.send_initial_metadata(((PUID, passed.puid),))


async def _abort(context: Context, code: grpc.StatusCode, details: str) -> NoReturn:
    await context.abort(code, details)
    raise AssertionError("abort raises")
