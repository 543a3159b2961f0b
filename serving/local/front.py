"""A public port that stays while pods come and go: it hands every connection to the pod that serves now.

What a Service is on a cluster, for one machine. It knows no protocol, so it never stands between a client
and what the executor says. A connection stays with the pod that it was handed to.
"""

import asyncio
import contextlib
import socket

CHUNK = 1 << 18


class Front:
    """Listens on one port, once there is a pod to hand connections to."""

    def __init__(self, host: str, port: int) -> None:
        """Take the port, without listening yet; raises OSError where somebody has it."""
        self._socket = bound(host, port)
        self._target: int | None = None
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port that it holds."""
        return int(self._socket.getsockname()[1])

    async def switch(self, target: int) -> None:
        """Hand every new connection to this port of this machine from now on."""
        self._target = target
        if self._server is None:
            self._server = await asyncio.start_server(self._relay, sock=self._socket, backlog=1024)

    async def close(self) -> None:
        """Take no further connection; those that are open go on."""
        if self._server is not None:
            self._server.close()
        self._socket.close()

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
    """A socket that has the port; raises OSError where somebody else does."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((host, port))
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
