"""A port of this machine that leads to a port of a pod, through the API server."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from kubernetes import client
from kubernetes.stream import portforward

from components.publish.cluster.connection import Connection

logger = logging.getLogger(__name__)
CHUNK = 65536
# The client library waits without limit for the API server to answer a WebSocket.
LEAVE_SECONDS = 5.0


@contextmanager
def forwarded(connection: Connection, namespace: str, pod: str, port: int) -> Iterator[int]:
    """Listen on a free port of this machine while the block lasts; the port's number.

    A connection that cannot be led on is closed: its client sees that, and tries again or says so.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        forwarder = _Forwarder(connection, namespace, pod, port, listener)
        thread = threading.Thread(target=forwarder.accept, name=f"forward-{pod}-{port}", daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            # Closing alone does not wake who waits in accept.
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(LEAVE_SECONDS)
            if thread.is_alive():
                logger.warning("the API server does not answer for pod %s/%s: not waited for", namespace, pod)
            forwarder.close()


@dataclass
class _Forwarder:
    connection: Connection
    namespace: str
    pod: str
    port: int
    listener: socket.socket
    ends: list[Any] = field(default_factory=list)

    def accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return  # The block is over.
            try:
                far = self._open()
            except (client.ApiException, OSError) as error:
                logger.warning("no way to pod %s/%s: %s", self.namespace, self.pod, error)
                near.close()
                continue
            self.ends += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=_pump, args=(source, sink), daemon=True).start()

    def close(self) -> None:
        for end in self.ends:
            end.close()

    def _open(self) -> Any:
        # A client of its own: the library turns the one that it is given into a WebSocket's.
        core = client.CoreV1Api(client.ApiClient(self.connection.client.configuration))
        stream = portforward(
            core.connect_get_namespaced_pod_portforward, self.pod, self.namespace, ports=str(self.port)
        )
        far = stream.socket(self.port)
        far.setblocking(True)
        return far


def _pump(source: Any, sink: Any) -> None:
    with suppress(OSError):
        while chunk := source.recv(CHUNK):
            sink.sendall(chunk)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
