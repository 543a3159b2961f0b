"""The REST side of a node: the paths of Seldon's wrapper, with the status that each fault deserves."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from google.protobuf import json_format
from msgspec import json
from seldon_core.flask_utils import SeldonMicroserviceException
from seldon_core.proto.prediction_pb2 import Feedback, SeldonMessage
from seldon_core.seldon_methods import init_metadata
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from serving.messages import json_message
from serving.node.calls import Calls
from serving.node.component import Component
from serving.node.feedback import tell
from serving.refusal import NO_DATA, TOO_LARGE, UNAVAILABLE, WRONG_MEDIA_TYPE, RefusedRequestError

TRANSPORT = "rest"
PATHS = {
    "predict": ("/predict", "/api/v1.0/predictions", "/api/v0.1/predictions"),
    "transform_input": ("/transform-input",),
    "transform_output": ("/transform-output",),
}
FEEDBACK_PATHS = ("/send-feedback", "/api/v1.0/feedback", "/api/v0.1/feedback")
JSON = "application/json"
# A body that is too large is read to its end, so that its sender reads the answer; but not for ever.
DISCARDED = 4
CLIENT_IS_GONE = 499

Endpoint = Callable[[Request], Awaitable[Response]]


def application(calls: Calls, user: object, maximum_bytes: int) -> Starlette:
    """The application that serves the loaded component behind `calls`, which is an instance of `user`."""
    routes = [
        Route(path, _answering(_method(calls, method, maximum_bytes)), methods=["POST"])
        for method in calls.component.methods
        for path in PATHS[method]
    ]
    feedback = _answering(_feedback(calls, maximum_bytes))
    routes += [Route(path, feedback, methods=["POST"]) for path in FEEDBACK_PATHS]
    health = _answering(_health(calls))
    routes += [Route(path, health) for path in ("/health/status", "/api/v1.0/health/status")]
    routes.append(Route("/health/ping", _ping))
    metadata = json.encode(init_metadata(user))
    for path in ("/metadata", "/api/v1.0/metadata"):
        routes.append(Route(path, lambda _: Response(metadata, media_type=JSON)))
    return Starlette(routes=routes, exception_handlers={HTTPException: _no_such_route})


def _method(calls: Calls, method: str, maximum_bytes: int) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        body = await _body(request, maximum_bytes)
        answer = await calls.beside(lambda: calls.respond(TRANSPORT, json_message, method, body))
        return Response(answer, media_type=JSON)

    return endpoint


def _feedback(calls: Calls, maximum_bytes: int) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        body = await _body(request, maximum_bytes)
        answer = await asyncio.get_running_loop().run_in_executor(
            calls.feedback_threads,
            lambda: calls.call(TRANSPORT, "send_feedback", lambda: _told(calls.component, body)),
        )
        return Response(answer, media_type=JSON)

    return endpoint


def _told(component: Component, body: bytes) -> str:
    """The answer to feedback; protobuf, which reads JSON in Python, may take seconds for it."""
    try:
        feedback = json_format.Parse(body, Feedback(), ignore_unknown_fields=True)
    except (json_format.ParseError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedRequestError("this is no feedback as JSON", NO_DATA) from error
    answer: str = json_format.MessageToJson(SeldonMessage.FromString(tell(component, feedback)))
    return answer


def _health(calls: Calls) -> Endpoint:
    async def endpoint(_: Request) -> Response:
        try:
            answer = await calls.beside(
                lambda: calls.call(TRANSPORT, "health_status", calls.component.health)
            )
        except SeldonMicroserviceException as error:
            raise RefusedRequestError(error.message, UNAVAILABLE) from error
        return Response(json_message.encode(json_message.Message(), "other", answer), media_type=JSON)

    return endpoint


async def _ping(_: Request) -> Response:
    return PlainTextResponse("pong")


async def _body(request: Request, maximum_bytes: int) -> bytes:
    """The body of a JSON request; raises RefusedRequestError where it is another, or too large."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != JSON:
        raise RefusedRequestError(f"the content type must be {JSON}", WRONG_MEDIA_TYPE)
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size <= maximum_bytes:
            parts.append(part)
        elif size > DISCARDED * maximum_bytes:
            break
    if size > maximum_bytes:
        raise RefusedRequestError(f"the body has more than {maximum_bytes} bytes", TOO_LARGE)
    return b"".join(parts)


def _answering(endpoint: Endpoint) -> Endpoint:
    """`endpoint`, with what it raises as its answer."""

    async def answering(request: Request) -> Response:
        try:
            return await endpoint(request)
        except SeldonMicroserviceException as error:
            return _failure(error, error.status_code)
        except ClientDisconnect:
            return Response(status_code=CLIENT_IS_GONE)

    return answering


def _no_such_route(_: Request, error: Exception) -> Response:
    """Starlette's 404 and 405, in the form of all other failures."""
    if not isinstance(error, HTTPException):
        raise error
    failure = SeldonMicroserviceException(error.detail, reason="NO_SUCH_ROUTE")
    return _failure(failure, error.status_code, error.headers)


def _failure(
    error: SeldonMicroserviceException, status: int, headers: Mapping[str, str] | None = None
) -> Response:
    return Response(json.encode(error.to_dict()), status, headers, JSON)
