"""The request logger: a queue of CloudEvents, and workers that send them.

As the executor's: ten workers, no second attempt, no time-out; where the queue stays full for the write
time-out an event is dropped with a line in the log. What is queued when the program ends is lost.
"""

import asyncio
import logging
import secrets
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import aiohttp

from serving.local.orchestrator.arguments import Arguments

logger = logging.getLogger(__name__)


class EventKind(StrEnum):
    """What an event tells, by its CloudEvents type."""

    REQUEST = "io.seldon.serving.inference.request"
    RESPONSE = "io.seldon.serving.inference.response"
    FEEDBACK = "io.seldon.serving.feedback"


@dataclass(frozen=True)
class Event:
    """One message to or from a node."""

    url: str
    kind: EventKind
    node: str
    puid: str
    content_type: str
    body: bytes


class EventLog:
    """Sends events to where their nodes' loggers say, outside the path of the request."""

    def __init__(self, arguments: Arguments, session: aiohttp.ClientSession) -> None:
        self._arguments = arguments
        self._session = session
        self._queue: asyncio.Queue[Event] = asyncio.Queue(arguments.log_queue)
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Start the workers; `stop` ends them."""
        for _ in range(self._arguments.logger_workers):
            self._spawn(self._work())

    async def stop(self) -> None:
        """End the workers, whatever is queued."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def put(self, event: Event) -> None:
        """Queue an event without waiting; it may be dropped later."""
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            self._spawn(self._put_late(event))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _put_late(self, event: Event) -> None:
        try:
            async with asyncio.timeout(self._arguments.log_write_timeout):
                await self._queue.put(event)
        except TimeoutError:
            logger.error("failed to log request: timed out waiting to queue log request: buffer is full")  # noqa: TRY400 - one line

    async def _work(self) -> None:
        while True:
            event = await self._queue.get()
            try:
                await self._send(event)
            except (aiohttp.ClientError, OSError) as error:
                logger.error("Failed to send cloudevent log to %s: %s", event.url, error)  # noqa: TRY400 - one line

    async def _send(self, event: Event) -> None:
        headers = self._headers(event)
        async with self._session.post(event.url, data=event.body, headers=headers) as response:
            await response.read()
            if not response.ok:
                logger.error("Failed to send cloudevent log to %s: status %s", event.url, response.status)

    def _headers(self, event: Event) -> dict[str, str]:
        """The headers of an event in the order in which the executor writes them."""
        trace = f"00-{secrets.token_hex(16)}"
        now = datetime.now(tz=UTC).isoformat().replace("+00:00", "Z")
        headers = {
            "User-Agent": "Go-http-client/1.1",
            "Content-Length": str(len(event.body)),
            "Ce-Endpoint": self._arguments.predictor,
            "Ce-Id": str(uuid.uuid4()),
            "Ce-Inferenceservicename": self._arguments.deployment,
            "Ce-Modelid": event.node,
            "Ce-Namespace": self._arguments.namespace,
            "Ce-Protocol": "seldon",
            "Ce-Requestid": event.puid,
            "Ce-Source": f"http://:{self._arguments.http_port}/",
            "Ce-Specversion": "1.0",
            "Ce-Time": now,
            "Ce-Traceparent": f"{trace}-{secrets.token_hex(8)}-00",
            "Ce-Type": event.kind.value,
            "Content-Type": event.content_type,
            "Traceparent": f"{trace}-{secrets.token_hex(8)}-00",
            "Accept-Encoding": "gzip",
        }
        return {name: value for name, value in headers.items() if name != "Content-Type" or value}
