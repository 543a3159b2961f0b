"""An HTTP server of a test's own, for what none that is real can be made to answer."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

POLL_SECONDS = 0.02


class Request(BaseHTTPRequestHandler):
    """One request, and the ways to answer it; nothing of it is written down."""

    def answer(self, status: int, body: bytes) -> None:
        """The whole answer."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def http_server(**methods: Callable[[Request], None]) -> Iterator[str]:
    """`host:port` of a server while the block lasts, with what answers each method: `POST=…`.

    Every request has a thread of its own.
    """
    handler = type("Handler", (Request,), {f"do_{method}": answer for method, answer in methods.items()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
