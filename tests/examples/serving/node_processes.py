"""Nodes as processes of their own, under our server and under the stock wrapper, and how they are asked."""

import http.client
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from seldon_core.proto.prediction_pb2 import SeldonMessage

from serving.local.ports import free_ports

REPOSITORY = Path(__file__).parents[3]
CLASSES = {"features": "Features", "outliers": "Outliers", "model": "Model"}
PATHS = {"features": "/transform-input", "outliers": "/transform-input", "model": "/predict"}
PROCEDURES = {
    "features": "/seldon.protos.Transformer/TransformInput",
    "outliers": "/seldon.protos.Transformer/TransformInput",
    "model": "/seldon.protos.Model/Predict",
}
JSON = {"Content-Type": "application/json"}
SECONDS_TO_START = 120
SECONDS_TO_ANSWER = 60


@dataclass(frozen=True)
class Answer:
    """What came back over REST."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body, parse_constant=_refuse)

    @property
    def info(self) -> str:
        return self.document["status"]["info"]


@dataclass
class NodeProcess:
    """A running node."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    http_port: int
    grpc_port: int
    metrics_port: int
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)
    _channel: grpc.Channel | None = field(default=None, repr=False)

    def post(self, body: Any, path: str | None = None, headers: Mapping[str, str] = JSON) -> Answer:
        return self.request("POST", path or PATHS[self.name], body, headers)

    def request(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask over a connection that is kept, or over a new one where the node has closed it meanwhile."""
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        was_open = self.connection.sock is not None
        try:
            return self._ask(method, path, content, headers or {})
        except ConnectionError:
            # A node closes what was idle for long; one that is dead takes no new connection either.
            if not was_open:
                raise
            return self._ask(method, path, content, headers or {})

    def _ask(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]) -> Answer:
        try:
            self.connection.request(method, path, content, dict(headers))
            response = self.connection.getresponse()
            return Answer(response.status, dict(response.headers), response.read())
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise

    @property
    def connection(self) -> http.client.HTTPConnection:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                "127.0.0.1", self.http_port, timeout=SECONDS_TO_ANSWER
            )
        return self._connection

    def call(self, message: SeldonMessage | bytes, procedure: str | None = None, **keywords: Any) -> Any:
        """Ask over gRPC; raises grpc.RpcError."""
        body = message if isinstance(message, bytes) else message.SerializeToString()
        call = self.channel.unary_unary(procedure or PROCEDURES[self.name])
        return SeldonMessage.FromString(call(body, timeout=SECONDS_TO_ANSWER, **keywords))

    @property
    def channel(self) -> grpc.Channel:
        if self._channel is None:
            self._channel = grpc.insecure_channel(
                f"127.0.0.1:{self.grpc_port}", options=[("grpc.max_send_message_length", -1)]
            )
        return self._channel

    def metrics(self) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.metrics_port, timeout=SECONDS_TO_ANSWER)
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode()

    def wait_until_ready(self) -> None:
        """Return when the node is ready over both transports; raises RuntimeError where it never is."""
        end = time.monotonic() + SECONDS_TO_START
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{self.name} did not start: {self.log.read_text()}")
            select.select([], [], [], 0.1)
        grpc.channel_ready_future(self.channel).result(timeout=SECONDS_TO_START)

    def _is_ready(self) -> bool:
        try:
            return self.request("GET", "/health/status").status == 200
        except OSError:
            return False

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._channel is not None:
            self._channel.close()


@contextmanager
def running(
    name: str, command: list[str], environment: Mapping[str, str], directory: Path, ports: list[int]
) -> Iterator[NodeProcess]:
    """A process, and all that it starts, until the block ends."""
    log = directory / f"{name}-{ports[0]}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=dict(environment),
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    http_port, grpc_port, metrics_port = ports
    node = NodeProcess(name, process, log, http_port, grpc_port, metrics_port)
    try:
        yield node
    finally:
        node.close()
        # With its whole group: the stock wrapper leaves workers behind.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def own(
    name: str, environment: Mapping[str, str], directory: Path, ports: list[int] | None = None
) -> Iterator[NodeProcess]:
    """A node under our server, which may not be ready yet; where no ports are given it gets its own."""
    ports = ports or free_ports(3)
    named = zip(("HTTP", "GRPC", "METRICS"), ports, strict=True)
    settings = {f"ONTIME_NODE_{kind}_PORT": str(port) for kind, port in named}
    command = [sys.executable, "-m", "serving.node", name]
    with running(name, command, {**environment, **settings}, directory, ports) as node:
        yield node


@contextmanager
def stock(
    name: str, environment: Mapping[str, str], directory: Path, ports: list[int]
) -> Iterator[NodeProcess]:
    """A node under the stock wrapper, which may not be ready yet."""
    named = zip(("--http-port", "--grpc-port", "--metrics-port"), ports, strict=True)
    wrapper = Path(sys.executable).with_name("seldon-core-microservice")
    command = [str(wrapper), f"serving.{name}.{CLASSES[name]}"]
    command += [part for option, port in named for part in (option, str(port))]
    with running(name, command, environment, directory, ports) as node:
        yield node


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
