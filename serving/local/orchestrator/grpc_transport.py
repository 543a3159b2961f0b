"""Calls nodes over gRPC."""

import time
from collections.abc import Sequence
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message as ProtobufMessage
from seldon_core.proto import prediction_pb2

from serving.local.orchestrator import wording
from serving.local.orchestrator.graph import Node
from serving.local.orchestrator.metrics import Metrics
from serving.local.orchestrator.protobuf import child_of_feedback, chosen_child
from serving.local.orchestrator.walk import Method, Request

PROTOBUF = "application/protobuf"
_METHODS = {
    Method.PREDICT: "/seldon.protos.Model/Predict",
    Method.TRANSFORM_INPUT: "/seldon.protos.Transformer/TransformInput",
    Method.TRANSFORM_OUTPUT: "/seldon.protos.OutputTransformer/TransformOutput",
    Method.ROUTE: "/seldon.protos.Router/Route",
    Method.AGGREGATE: "/seldon.protos.Combiner/Aggregate",
    Method.SEND_FEEDBACK: "/seldon.protos.Model/SendFeedback",
}
_METADATA = "/seldon.protos.Model/Metadata"
# Messages of any size pass, and a node that comes back is found again within a second.
_OPTIONS = (
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_reconnect_backoff_ms", 1000),
)


class NodeFailedError(Exception):
    """A node refused or could not be reached: its code, and its details in the executor's words."""

    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        super().__init__(details)
        self.code = code
        self.details = details


class GrpcTransport:
    """Asks nodes over gRPC, over one connection each."""

    def __init__(self, metrics: Metrics, timeout: float | None) -> None:
        self._metrics = metrics
        self._timeout = timeout
        self._channels: dict[str, grpc.aio.Channel] = {}

    async def close(self) -> None:
        """Close every connection."""
        for channel in self._channels.values():
            await channel.close()

    async def call(
        self, node: Node, method: Method, message: ProtobufMessage, request: Request
    ) -> ProtobufMessage:
        """Ask a node; raises NodeFailedError."""
        return await self._ask(node, _METHODS[method], message, prediction_pb2.SeldonMessage, request)

    async def metadata(self, node: Node, request: Request) -> Any:
        """What a node says of itself; raises NodeFailedError."""
        return await self._ask(node, _METADATA, Empty(), prediction_pb2.SeldonModelMetadata, request)

    async def aggregate(
        self, node: Node, messages: Sequence[ProtobufMessage], request: Request
    ) -> ProtobufMessage:
        """Ask a combiner to make one message of several."""
        several = prediction_pb2.SeldonMessageList(seldonMessages=messages)
        return await self.call(node, Method.AGGREGATE, several, request)

    def route(self, answer: ProtobufMessage) -> int:
        """The child that a router named."""
        return chosen_child(answer)

    def feedback_route(self, message: ProtobufMessage, node: Node) -> int:
        """The child that the answered prediction took; all of them where the feedback does not say."""
        return child_of_feedback(message, node.name)

    def body(self, message: ProtobufMessage) -> tuple[bytes, str]:
        """The bytes and the content type under which a message is logged."""
        return message.SerializeToString(), PROTOBUF

    async def _ask(
        self, node: Node, path: str, message: ProtobufMessage, answer: Any, request: Request
    ) -> Any:
        host, port = node.endpoint.host, node.endpoint.grpc_port
        ask = self._channel(f"{host}:{port}").unary_unary(
            path, request_serializer=type(message).SerializeToString, response_deserializer=answer.FromString
        )
        started, code = time.perf_counter(), grpc.StatusCode.OK
        try:
            return await ask(message, metadata=request.headers, timeout=self._timeout)
        except grpc.aio.AioRpcError as error:
            code = error.code()
            raise NodeFailedError(code, wording.grpc_details(error, host, port)) from error
        finally:
            seconds = time.perf_counter() - started
            self._metrics.called(path, node.name, "unary", wording.grpc_code(code), seconds)

    def _channel(self, address: str) -> grpc.aio.Channel:
        if address not in self._channels:
            self._channels[address] = grpc.aio.insecure_channel(address, options=_OPTIONS)
        return self._channels[address]
