"""What Seldon's executor was recorded to say, and how to ask the same of something that stands in for it."""

import base64
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Self
from urllib.request import urlopen

import grpc
import yaml
from google.protobuf.json_format import MessageToDict, ParseDict
from seldon_core.proto import prediction_pb2

from serving.local.ports import free_ports

ROOT = Path(__file__).parents[3]
RECORDED = ROOT.parent / "shared" / "executor-transcripts"
EXECUTOR = os.environ.get("ONTIME_SELDON_EXECUTOR")
# The ports of the recordings.
REST, GRPC, SINK = 28000, 28500, 29999
SCALER, SUMMER = (29000, 29500), (29001, 29501)
METRICS_PATH = "/prometheus"

Case = dict[str, Any]
_MESSAGES = {"Predict": prediction_pb2.SeldonMessage, "SendFeedback": prediction_pb2.Feedback}


class Ports:
    """Free ports of this machine in place of the recorded ones."""

    def __init__(self) -> None:
        recorded = [REST, GRPC, SINK, *SCALER, *SUMMER, 6000, 6001]
        self._free = dict(zip(recorded, free_ports(len(recorded)), strict=True))

    def __getitem__(self, recorded: int) -> int:
        return self._free[recorded]

    def moved(self, text: str) -> str:
        """A text of the recordings with the ports of this run."""
        # In one go: a free port may be one of the recorded ones.
        recorded = "|".join(str(port) for port in self._free if port > 9999)
        return re.sub(recorded, lambda found: str(self._free[int(found[0])]), text)


def cases() -> list[Case]:
    """The recorded cases; none where the folder is not there."""
    path = RECORDED / "cases.json"
    return json.loads(path.read_text()) if path.exists() else []


def label(case: Case) -> str:
    return f"{case['transport']} {case['name']}"


class Sink:
    """Keeps the CloudEvents that it is sent, with their headers as they were written."""

    def __init__(self, port: int) -> None:
        self.events: list[Case] = []
        events = self.events

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                events.append({"headers": [list(item) for item in self.headers.items()], "body": body})
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, count: int) -> list[Case]:
        """The events since the last call, once there are as many; fewer after half a minute."""
        deadline = time.monotonic() + 30
        while len(self.events) < count and time.monotonic() < deadline:
            time.sleep(0.005)
        taken = list(self.events)
        del self.events[: len(taken)]
        return sorted((_readable(event) for event in taken), key=lambda event: header(event, "Ce-Type"))


def header(message: Case, name: str) -> str:
    return str(dict(map(tuple, message["headers"])).get(name, ""))


def _readable(event: Case) -> Case:
    if header(event, "Content-Type") != "application/protobuf":
        return event | {"body": event["body"].decode()}
    message = prediction_pb2.SeldonMessage.FromString(event["body"])
    return {"headers": event["headers"], "message": MessageToDict(message)}


@contextmanager
def program(
    command: list[str], variables: dict[str, str], directory: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that is ended, with all that it started, when the block is left."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"} | variables
    with (directory / f"{Path(command[0]).name}-{time.monotonic_ns()}.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, cwd=directory, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a program and its children at once."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wrapper_command(component: str, kind: str, http_port: int, grpc_port: int, metrics: int) -> list[str]:
    """A node under Seldon's own wrapper, in as few processes as it can."""
    ports = ["--http-port", str(http_port), "--grpc-port", str(grpc_port), "--metrics-port", str(metrics)]
    return ["seldon-core-microservice", component, "--service-type", kind, *ports]


def wrapper_variables(name: str) -> dict[str, str]:
    """What the operator tells a node of itself, and where the recorded nodes are."""
    return {"PREDICTIVE_UNIT_ID": name, "PYTHONPATH": str(RECORDED)}


def engine_command(ports: Ports) -> list[str]:
    """The stand-in, or the real executor where its binary is named."""
    program_of = [EXECUTOR] if EXECUTOR else [sys.executable, "-m", "serving.local.orchestrator"]
    arguments = {
        "sdep": "transcripts",
        "namespace": "ontime",
        "predictor": "default",
        "http_port": str(ports[REST]),
        "grpc_port": str(ports[GRPC]),
        "prometheus_path": METRICS_PATH,
    }
    return [*program_of, *(part for name, value in arguments.items() for part in (f"--{name}", value))]


def engine_variables(ports: Ports) -> dict[str, str]:
    """The recorded graph, as the operator would hand it over."""
    manifest = yaml.safe_load(ports.moved((RECORDED / "graph.yaml").read_text()))
    predictor = json.dumps(manifest["spec"]["predictors"][0])
    return {"ENGINE_PREDICTOR": base64.b64encode(predictor.encode()).decode(), "PYTHONPATH": str(ROOT)}


def wait_until(url: str) -> None:
    """Wait for a page to answer 200; raises TimeoutError after two minutes."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(url)


def wait_until_accepted(*ports: int) -> None:
    """Wait until somebody listens on every port; raises TimeoutError after two minutes."""
    deadline = time.monotonic() + 120
    for port in ports:
        while not _is_open(port):
            if time.monotonic() > deadline:
                raise TimeoutError(f"nobody listens on port {port}")
            time.sleep(0.05)


def wait_until_refused(*ports: int) -> None:
    """Wait until nobody listens on any of the ports: a killed program's sockets outlive it for a moment."""
    for port in ports:
        while _is_open(port):
            time.sleep(0.01)


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def play(case: Case, ports: Ports) -> Case:
    """Ask what was asked, and give the answer in the form of the recordings."""
    return _play_rest(case, ports) if case["transport"] == "rest" else _play_grpc(case, ports)


def _play_rest(case: Case, ports: Ports) -> Case:
    asked = case["request"]
    connection = http.client.HTTPConnection("127.0.0.1", ports[REST], timeout=60)
    body = None if asked["body"] is None else asked["body"].encode()
    connection.request(asked["method"], asked["path"], body, asked["headers"])
    answer = connection.getresponse()
    read = {
        "status": answer.status,
        "headers": [list(item) for item in answer.getheaders()],
        "body": answer.read().decode(),
    }
    connection.close()
    return read


def _play_grpc(case: Case, ports: Ports) -> Case:
    asked = case["request"]
    message = ParseDict(asked["message"], _MESSAGES[asked["method"].rpartition("/")[2]]())
    with grpc.insecure_channel(f"127.0.0.1:{ports[GRPC]}") as channel:
        call = channel.unary_unary(
            asked["method"],
            request_serializer=type(message).SerializeToString,
            response_deserializer=prediction_pb2.SeldonMessage.FromString,
        )
        try:
            answer, done = call.with_call(message, metadata=[tuple(item) for item in asked["metadata"]])
        except grpc.RpcError as error:
            return {"code": error.code().name, "details": error.details()}
        return {
            "code": done.code().name,
            "initial_metadata": [list(item) for item in done.initial_metadata()],
            "trailing_metadata": [list(item) for item in done.trailing_metadata()],
            "message": MessageToDict(answer),
        }
