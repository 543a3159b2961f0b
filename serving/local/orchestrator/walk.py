"""Which node is called when, whatever the transport: the executor's walk of the graph."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from serving.local.orchestrator.events import Event, EventKind, EventLog
from serving.local.orchestrator.graph import Node

Message = TypeVar("Message")


class Method(StrEnum):
    """What a node can be asked to do, by its path over REST."""

    PREDICT = "/predict"
    TRANSFORM_INPUT = "/transform-input"
    TRANSFORM_OUTPUT = "/transform-output"
    ROUTE = "/route"
    AGGREGATE = "/aggregate"
    SEND_FEEDBACK = "/send-feedback"


# A router's answer: every child, or none of them. Any other number is a child's position.
ALL_CHILDREN, NO_CHILD = -1, -2

_ON_THE_WAY_DOWN = {"MODEL": Method.PREDICT, "TRANSFORMER": Method.TRANSFORM_INPUT}
_TAKES_FEEDBACK = ("MODEL", "ROUTER")


@dataclass(frozen=True)
class Request:
    """What goes to every node with the message: the caller's headers and the request's name.

    Without a `puid` nothing is logged.
    """

    headers: tuple[tuple[str, str], ...]
    puid: str | None
    logged: bool = True


class Transport(Protocol[Message]):
    """How messages travel to nodes, and what can be read from them."""

    async def call(self, node: Node, method: Method, message: Message, request: Request) -> Message:
        """Ask a node; raises what tells the caller why there is no answer."""

    async def aggregate(self, node: Node, messages: Sequence[Message], request: Request) -> Message:
        """Ask a combiner to make one message of several."""

    def route(self, answer: Message) -> int:
        """The child that a router chose."""

    def feedback_route(self, message: Message, node: Node) -> int:
        """The child that a node had chosen for the prediction that feedback speaks of."""

    def body(self, message: Message) -> tuple[bytes, str]:
        """The bytes and the content type under which a message is logged."""


class Walk[Message]:
    """Walks the graph for one transport."""

    def __init__(self, transport: Transport[Message], events: EventLog) -> None:
        self._transport = transport
        self._events = events

    async def predict(self, node: Node, message: Message, request: Request) -> Message:
        """The answer of a node and of everything below it."""
        method = _ON_THE_WAY_DOWN.get(node.type)
        if method is not None:
            message = await self._logged_call(node, method, message, request)
        if node.children:
            message = await self._predict_children(node, message, request)
        if node.type == "OUTPUT_TRANSFORMER":
            message = await self._logged_call(node, Method.TRANSFORM_OUTPUT, message, request)
        return message

    async def feedback(self, node: Node, message: Message, request: Request) -> Message:
        """Pass feedback to every node that takes it; the answer of the topmost, or the message itself."""
        self._log(node, EventKind.FEEDBACK, message, request)
        if node.children:
            route = self._transport.feedback_route(message, node)
            children = node.children if route == ALL_CHILDREN else (node.children[route],)
            await _all(*(self.feedback(child, message, request) for child in children))
        if node.type in _TAKES_FEEDBACK:
            return await self._transport.call(node, Method.SEND_FEEDBACK, message, request)
        return message

    async def _predict_children(self, node: Node, message: Message, request: Request) -> Message:
        # Logged again, under the same names: whoever wants each request once logs at a leaf.
        self._log(node, EventKind.REQUEST, message, request)
        route = ALL_CHILDREN
        if node.type == "ROUTER":
            route = self._transport.route(await self._transport.call(node, Method.ROUTE, message, request))
        if route == NO_CHILD:
            return message
        children = node.children if route == ALL_CHILDREN else (node.children[route],)
        answers = await _all(*(self.predict(child, message, request) for child in children))
        answer = answers[0]
        if node.type == "COMBINER":
            self._log(node, EventKind.REQUEST, message, request)
            answer = await self._transport.aggregate(node, answers, request)
            self._log(node, EventKind.RESPONSE, answer, request)
        self._log(node, EventKind.RESPONSE, answer, request)
        return answer

    async def _logged_call(self, node: Node, method: Method, message: Message, request: Request) -> Message:
        self._log(node, EventKind.REQUEST, message, request)
        answer = await self._transport.call(node, method, message, request)
        self._log(node, EventKind.RESPONSE, answer, request)
        return answer

    def _log(self, node: Node, kind: EventKind, message: Message, request: Request) -> None:
        logger = node.logger
        if logger is None or request.puid is None or not request.logged:
            return
        if logger.mode == "all" or kind in _KINDS[logger.mode]:
            body, content_type = self._transport.body(message)
            self._events.put(Event(logger.url, kind, node.name, request.puid, content_type, body))


# Feedback is logged with the answers.
_KINDS = {"request": (EventKind.REQUEST,), "response": (EventKind.RESPONSE, EventKind.FEEDBACK)}


async def _all[Message](*calls: Coroutine[Any, Any, Message]) -> list[Message]:
    """What all calls answer; once all have ended, the first failure is raised."""
    if len(calls) == 1:
        return [await calls[0]]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return [answer for answer in answers if not isinstance(answer, BaseException)]
