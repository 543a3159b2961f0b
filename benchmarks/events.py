"""The events of predictions as the executor logs them: the leaf's request and its answer, as CloudEvents."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks.chain import Requests, node
from benchmarks.messages import requests
from benchmarks.peer import Transport
from benchmarks.published import Published, Served
from benchmarks.wire import HttpConnection
from serving.local.plan import PodPlan

LEAF = "model"


@dataclass(frozen=True)
class Logged:
    """What the leaf of the graph was asked and what it answered, in JSON."""

    request: bytes
    response: bytes

    def event(self, number: int, first: int, published: PodPlan) -> tuple[Mapping[str, str], bytes]:
        """The headers and the body of an event: a request's with even numbers, its answer's with odd ones.

        The two of a prediction share its request id, which is counted from `first`.
        """
        kind, body = ("response", self.response) if number % 2 else ("request", self.request)
        headers = {
            "ce-specversion": "1.0",
            "ce-id": str(uuid.uuid4()),
            "ce-source": "http://:8000/",
            "ce-type": f"io.seldon.serving.inference.{kind}",
            "ce-time": datetime.now(UTC).isoformat(),
            "ce-requestid": str(uuid.UUID(int=first + number // 2)),
            "ce-modelid": LEAF,
            "ce-inferenceservicename": published.deployment,
            "ce-namespace": published.namespace,
            "ce-endpoint": "default",
        }
        return headers, body


async def logged(served: Served, rows: Requests, size: int) -> list[Logged]:
    """What the graph makes of the requests of a size."""
    found = []
    async with (
        node(served, "features", Transport.REST) as features,
        node(served, "outliers", Transport.REST) as outliers,
        node(served, LEAF, Transport.REST) as leaf,
    ):
        for batch in rows[size]:
            body = requests(Transport.REST, list(batch[0]), [row.values() for row in batch])
            asked = await outliers(await features(body))
            found.append(Logged(asked, await leaf(asked)))
    return found


class EventSender:
    """Sends the events of predictions over connections that are kept; no event is sent twice."""

    def __init__(self, published: Published, events: Sequence[Logged], port: int) -> None:
        self._plan, self._events, self._port = published.plan, events, port
        # Other than those of a sender before.
        self._first = uuid.uuid4().int >> 1
        self._sent = 0

    async def send(self, connection: HttpConnection) -> None:
        """Send the next event and wait for its acknowledgement; raises RefusedError."""
        number, self._sent = self._sent, self._sent + 1
        event = self._events[number // 2 % len(self._events)]
        headers, body = event.event(number, self._first, self._plan)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST / HTTP/1.1\r\nHost: localhost:{self._port}\r\nContent-Type: application/json\r\n{lines}"
        await connection.send(head.encode(), body)
