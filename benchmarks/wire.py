"""The client's side of both transports, as cheap as Python has it: bytes out, bytes in, connections kept."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import cast

import grpc
import httptools

type Ask = Callable[[bytes], Awaitable[bytes]]
"""Sends the body of a request and gives that of its answer; raises where it is refused."""

OK = 200
NO_HEADERS: Mapping[str, str] = {}


class RefusedError(RuntimeError):
    """A server that does not answer what a benchmark asks."""


class HttpConnection(asyncio.Protocol):
    """One connection over which one request at a time is sent; httptools calls the `on_` methods."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._parts: list[bytes] = []
        self.is_open = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let nobody wait for what does not come."""
        self.is_open = False
        if not self._answer.done():
            self._answer.set_exception(RefusedError(f"the connection was closed: {exc}"))

    def on_body(self, body: bytes) -> None:
        """Keep a part of the answer."""
        self._parts.append(body)

    def on_message_complete(self) -> None:
        """Hand over the answer."""
        answer, status = b"".join(self._parts), self._parser.get_status_code()
        self.is_open = self._parser.should_keep_alive()
        if status == OK:
            self._answer.set_result(answer)
        else:
            self._answer.set_exception(RefusedError(f"{status}: {answer[:500]!r}"))

    async def send(self, head: bytes, body: bytes) -> bytes:
        """Send a request and wait for its answer."""
        self._parts, self._parser = [], httptools.HttpResponseParser(self)
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return await self._answer

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()


@asynccontextmanager
async def posting(port: int, path: str, headers: Mapping[str, str] = NO_HEADERS) -> AsyncIterator[Ask]:
    """A connection of its own for POST requests with JSON."""
    given = {"Host": f"127.0.0.1:{port}", "Content-Type": "application/json", **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    head = f"POST {path} HTTP/1.1\r\n{lines}".encode()
    connection = await connected(port)

    async def ask(body: bytes) -> bytes:
        nonlocal connection
        # The stock wrapper closes after every answer.
        if not connection.is_open:
            connection.close()
            connection = await connected(port)
        return await connection.send(head, body)

    try:
        yield ask
    finally:
        connection.close()


async def connected(port: int) -> HttpConnection:
    """A new connection to a port of this machine."""
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(HttpConnection, "127.0.0.1", port)
    return connection


@asynccontextmanager
async def calling(port: int, procedure: str) -> AsyncIterator[Ask]:
    """A channel of its own for one procedure."""
    options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", -1)]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
        yield channel.unary_unary(procedure)
