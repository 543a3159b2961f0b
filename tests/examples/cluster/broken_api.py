"""A way to the API server that a test can close for a while, as where the server is gone: a TCP proxy."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from kubernetes import client

from components.publish.cluster.connection import Connection


@dataclass
class Proxy:
    """Passes bytes on while it is open; closed, it ends what is open and refuses what comes."""

    host: str
    port: int
    listener: socket.socket
    open: bool = True
    _ends: list[socket.socket] = field(default_factory=list)

    def serve(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return  # The test is over.
            if not self.open:
                near.close()
                continue
            far = socket.create_connection((self.host, self.port))
            self._ends += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=_pump, args=(source, sink), daemon=True).start()

    def close_for(self, seconds: float) -> threading.Timer:
        """Close now, and open again after a while."""
        self.open = False
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._ends.clear()
        timer = threading.Timer(seconds, self._reopen)
        timer.start()
        return timer

    def _reopen(self) -> None:
        self.open = True


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxied(connection: Connection) -> Iterator[tuple[Connection, Proxy]]:
    """A connection through a proxy, and the proxy."""
    there = urlsplit(connection.client.configuration.host)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = Proxy(str(there.hostname), there.port or 443, listener)
        thread = threading.Thread(target=proxy.serve, daemon=True)
        thread.start()
        configuration = copy(connection.client.configuration)
        configuration.host = f"https://127.0.0.1:{listener.getsockname()[1]}"
        # The certificate is the server's, which the proxy does not read.
        configuration.tls_server_name = str(there.hostname)
        configuration.assert_hostname = str(there.hostname)
        try:
            yield Connection(client.ApiClient(configuration), inside=False), proxy
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
