"""A fake API server for what a real one cannot be made to do at a given moment: it keeps objects, no more.

No operator and no controller is behind it. A test may answer a request itself, before or instead of it.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from kubernetes import client

from components.publish.cluster.connection import Connection

Document = dict[str, Any]
Answer = tuple[int, bytes | Document]
COLLECTIONS = {"pods", "events", "deployments"}


@dataclass
class FakeApi:
    """Objects by path; `asked` sees each request, with its query, and may answer it: with status and body.

    The next request of a method in `losing` is carried out, and its answer is lost.
    """

    objects: dict[str, Document] = field(default_factory=dict)
    asked: Callable[[str, str], Answer | None] = lambda _method, _path: None
    losing: set[str] = field(default_factory=set)
    version: int = 0

    def answer(self, method: str, path: str, body: Document | None) -> Answer:
        found = self._carried_out(method, path, body)
        if method not in self.losing:
            return found
        self.losing.remove(method)
        return refusal(503, path)

    def _carried_out(self, method: str, path: str, body: Document | None) -> Answer:
        given = self.asked(method, path)
        path = urlsplit(path).path
        if given is None and method in {"POST", "PUT", "PATCH"}:
            given = self._written(method, path, body or {})
        if given is not None:
            return given
        if path.rpartition("/")[2] in COLLECTIONS:
            return 200, {"items": [item for name, item in self.objects.items() if _directory(name) == path]}
        if path not in self.objects:
            return refusal(404, path)
        return 200, self.objects.pop(path) if method == "DELETE" else self.objects[path]

    def _written(self, method: str, path: str, body: Document) -> Answer:
        name = f"{path}/{body['metadata']['name']}" if method == "POST" else path
        found = self.objects.get(name, {"metadata": {}})["metadata"].get("resourceVersion")
        if method != "PATCH" and body["metadata"].get("resourceVersion") != found:
            return refusal(409, name)
        return 201 if method == "POST" else 200, self.store(name, body)

    def store(self, path: str, body: Document) -> Document:
        """Keep an object as the API server would: with a new version, and generation where it differs."""
        self.version += 1
        metadata = self.objects.get(path, {}).get("metadata", {"uid": path, "generation": 0})
        changed = body["spec"] != self.objects.get(path, {}).get("spec")
        stored = {"generation": metadata["generation"] + changed, "uid": metadata["uid"]}
        body = {**body, "metadata": {**body["metadata"], **stored, "resourceVersion": str(self.version)}}
        self.objects[path] = body
        return body


def _directory(path: str) -> str:
    return path.rpartition("/")[0]


def refusal(status: int, text: str) -> Answer:
    """A Status, as the API server refuses with."""
    return status, {"kind": "Status", "message": text, "details": {"name": text.rpartition("/")[2]}}


@contextmanager
def fake_api() -> Iterator[tuple[Connection, FakeApi]]:
    """Serve it while the block lasts."""
    api = FakeApi()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    configuration = client.Configuration(host=f"http://127.0.0.1:{server.server_port}")
    configuration.retries = False
    try:
        yield Connection(client.ApiClient(configuration), inside=True), api
    finally:
        server.shutdown()
        server.server_close()


def _handler(api: FakeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            status, content = api.answer(self.command, self.path, body)
            plain = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            kind = "text/plain" if isinstance(content, bytes) else "application/json"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(plain)))
            self.end_headers()
            self.wfile.write(plain)

        do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Quiet: a test says what it needs."""

    return Handler
