"""The gRPC side of a node: Seldon's services, with the code that each fault deserves.

In threads, and not on the event loop: gRPC's own server answers a row for three quarters of the processor
time that grpc.aio's takes (benchmarks/serving.py).
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc
from google.protobuf.message import DecodeError
from seldon_core.flask_utils import SeldonMicroserviceException
from seldon_core.proto.prediction_pb2 import Feedback
from seldon_core.seldon_methods import init_metadata
from seldon_core.utils import json_to_seldon_model_metadata

from serving.messages import protobuf_message
from serving.node.calls import INTERNAL, Calls
from serving.node.component import Component
from serving.node.feedback import Monitor, tell
from serving.refusal import NO_DATA, TOO_LARGE, UNAVAILABLE, RefusedRequestError

TRANSPORT = "grpc"
PACKAGE = "seldon.protos"
# The services in which each method of a component is found; the executor calls the first of each.
PROCEDURES = {
    "predict": (("Model", "Predict"), ("Seldon", "Predict")),
    "transform_input": (("Transformer", "TransformInput"), ("Generic", "TransformInput")),
    "transform_output": (("OutputTransformer", "TransformOutput"), ("Generic", "TransformOutput")),
}
FEEDBACK = (("Model", "SendFeedback"), ("Seldon", "SendFeedback"), ("Generic", "SendFeedback"))
METADATA = (("Model", "Metadata"), ("Seldon", "ModelMetadata"))
PUID = "seldon-puid"
# As many as the stock wrapper has; feedback, which may wait for the monitor, has its own.
THREADS = 10
CODES = {
    TOO_LARGE: grpc.StatusCode.RESOURCE_EXHAUSTED,
    UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
}

type Procedure = Callable[[bytes, grpc.ServicerContext], bytes]


def create_server(
    calls: Calls, user: object, monitor: Monitor | None, address: str, maximum_bytes: int
) -> grpc.Server:
    """A server, not yet started, of the loaded component behind `calls`, an instance of `user`.

    Raises RuntimeError where the address is taken.
    """
    options = [
        ("grpc.max_receive_message_length", maximum_bytes),
        # What is sent is larger than what came: the tags.
        ("grpc.max_send_message_length", -1),
        # Two nodes on one port would each get half of the requests.
        ("grpc.so_reuseport", 0),
    ]
    server = grpc.server(ThreadPoolExecutor(THREADS), options=options)
    services: dict[str, dict[str, grpc.RpcMethodHandler[bytes, bytes]]] = {}
    for (service, name), procedure in _procedures(calls, user, monitor).items():
        behavior = _answering(procedure)
        if (service, name) in FEEDBACK:
            # What grpc looks for on a method that is to have its own threads.
            behavior.experimental_thread_pool = calls.feedback_threads  # type: ignore[attr-defined]
        # Without a serializer the bytes come here, where a broken message is the client's fault.
        services.setdefault(service, {})[name] = grpc.unary_unary_rpc_method_handler(behavior)
    server.add_generic_rpc_handlers(
        tuple(
            grpc.method_handlers_generic_handler(f"{PACKAGE}.{service}", handlers)
            for service, handlers in services.items()
        )
    )
    server.add_insecure_port(address)
    return server


def _procedures(calls: Calls, user: object, monitor: Monitor | None) -> dict[tuple[str, str], Procedure]:
    procedures = {
        place: _method(calls, method) for method in calls.component.methods for place in PROCEDURES[method]
    }
    feedback, metadata = _feedback(calls, monitor), _metadata(user)
    return procedures | dict.fromkeys(FEEDBACK, feedback) | dict.fromkeys(METADATA, metadata)


def _method(calls: Calls, method: str) -> Procedure:
    def procedure(body: bytes, _: grpc.ServicerContext) -> bytes:
        return calls.respond(TRANSPORT, protobuf_message, method, body)

    return procedure


def _feedback(calls: Calls, monitor: Monitor | None) -> Procedure:
    def procedure(body: bytes, context: grpc.ServicerContext) -> bytes:
        metadata = dict(context.invocation_metadata() or ())
        request_id = str(metadata.get(PUID, ""))
        return calls.call(
            TRANSPORT, "send_feedback", lambda: _told(calls.component, monitor, body, request_id)
        )

    return procedure


def _told(component: Component, monitor: Monitor | None, body: bytes, request_id: str) -> bytes:
    try:
        feedback = Feedback.FromString(body)
    except DecodeError as error:
        raise RefusedRequestError("this is no feedback", NO_DATA) from error
    if monitor is not None:
        monitor.tell(feedback, request_id)
    return tell(component, feedback)


def _metadata(user: object) -> Procedure:
    metadata: bytes = json_to_seldon_model_metadata(init_metadata(user)).SerializeToString()

    def procedure(_: bytes, __: grpc.ServicerContext) -> bytes:
        return metadata

    return procedure


def _answering(procedure: Procedure) -> Procedure:
    """`procedure`, with what it raises as its code and details."""

    def answering(body: bytes, context: grpc.ServicerContext) -> bytes:
        try:
            return procedure(body, context)
        except SeldonMicroserviceException as error:
            context.abort(_code(error.status_code), error.message)
            raise

    return answering


def _code(status: int) -> grpc.StatusCode:
    client = grpc.StatusCode.INVALID_ARGUMENT if status < INTERNAL else grpc.StatusCode.INTERNAL
    return CODES.get(status, client)
