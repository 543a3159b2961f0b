"""A public port that stays while pods come and go: it hands every connection to the pod that serves now.

What a Service is on a cluster, for one machine. It knows no protocol, so it never stands between a client
and what the executor says. A connection stays with the pod that it was handed to.
"""

import asyncio
import contextlib
import socket

CHUNK = 1 << 18
BACKLOG = 1024
# For the last of an answer to reach its client, once nobody is left who could answer more.
LAST_SECONDS = 1.0


class Front:
    """Listens on one port; what comes before there is a pod waits for it."""

    def __init__(self, host: str, port: int) -> None:
        """Take the port; raises OSError where somebody has it."""
        self._socket = bound(host, port)
        self._target: int | None = None
        self._server: asyncio.Server | None = None
        # Of its own: where the client has left, asyncio's streams hold no relay that waits for the pod.
        self._relays: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """The port that it holds."""
        return int(self._socket.getsockname()[1])

    async def switch(self, target: int) -> None:
        """Hand every new connection to this port of this machine from now on."""
        self._target = target
        if self._server is None:
            self._server = await asyncio.start_server(self._hand_on, sock=self._socket, backlog=BACKLOG)

    async def close(self) -> None:
        """Take no further connection; those that are open go on."""
        if self._server is not None:
            self._server.close()
        self._socket.close()

    async def end(self) -> None:
        """End the connections that are open, whose pods have ended."""
        if self._relays:
            _, late = await asyncio.wait(self._relays, timeout=LAST_SECONDS)
            for relay in late:
                relay.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        relay = asyncio.ensure_future(self._relay(reader, writer))
        self._relays.add(relay)
        relay.add_done_callback(self._relays.discard)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        sending = asyncio.ensure_future(_pump(reader, inner_writer))
        try:
            # What the executor ends is over; a client may end its part and still wait for the answer.
            await _pump(inner_reader, writer)
        finally:
            sending.cancel()
            inner_writer.close()
            writer.close()


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens on the port; raises OSError where somebody else does."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((host, port))
        # Until one of them listens, two programs can have bound the same port.
        held.listen(BACKLOG)
    except OSError:
        held.close()
        raise
    return held


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes until its sender ends, and the end as well."""
    with contextlib.suppress(OSError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
