"""MLServer as a peer, where its environment is installed; it speaks the protocol of version 2."""

import json
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.peer import Peer, Transport
from benchmarks.processes import listens, server
from benchmarks.wire import Ask, calling, posting
from serving.artifact import ModelDirectory
from serving.local.environments import ENVIRONMENTS
from serving.local.places import ROOT
from serving.local.ports import free_ports

NAME = "MLServer"
ENVIRONMENT = ENVIRONMENTS / "mlserver"
READY = "/v2/health/ready"
PATH = "/v2/models/model/infer"
PROCEDURE = "/inference.GRPCInferenceService/ModelInfer"
MESSAGES = str(Path(__file__).with_name("mlserver_messages.py"))

type Matrices = dict[int, list[NDArray[np.float64]]]


def is_installed() -> bool:
    """Whether `make bench` has installed it."""
    return (ENVIRONMENT / "bin" / "mlserver").exists()


@asynccontextmanager
async def mlserver(model: ModelDirectory, matrices: Matrices, directory: Path) -> AsyncIterator[Peer]:
    """MLServer, ready: without processes of its own for inference, which cost a lone core most."""
    rest, rpc, metrics = free_ports(3)
    _configure(model, directory, {"http_port": rest, "grpc_port": rpc, "metrics_port": metrics})
    command = [str(ENVIRONMENT / "bin" / "mlserver"), "start", str(directory)]
    ports = {Transport.REST: rest, Transport.GRPC: rpc}
    waited = (listens(rest, READY), listens(rpc))
    async with server(NAME, command, {"PYTHONPATH": str(ROOT)}, directory / "log", *waited) as pid:
        yield Peer(
            name=NAME,
            pids={NAME: pid},
            bodies=lambda transport, size: [_body(transport, rows) for rows in matrices[size]],
            connect=lambda transport: _connect(transport, ports[transport]),
            read=_read,
        )


def _configure(model: ModelDirectory, directory: Path, ports: dict[str, int]) -> None:
    directory.mkdir(parents=True)
    settings = {"host": "127.0.0.1", "parallel_workers": 0, "debug": False, **ports}
    network = {
        "name": "model",
        "implementation": "benchmarks.mlserver_runtime.Network",
        "parameters": {"uri": str(model.network)},
    }
    (directory / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    (directory / "model-settings.json").write_text(json.dumps(network), encoding="utf-8")


def _connect(transport: Transport, port: int) -> AbstractAsyncContextManager[Ask]:
    return posting(port, PATH) if transport is Transport.REST else calling(port, PROCEDURE)


def _body(transport: Transport, rows: NDArray[np.float64]) -> bytes:
    if transport is Transport.GRPC:
        return _messages("write", json.dumps(rows.tolist()).encode())
    tensor = {"name": "rows", "datatype": "FP32", "shape": rows.shape, "data": rows.ravel().tolist()}
    return msgspec.json.encode({"inputs": [tensor]})


def _read(transport: Transport, answer: bytes) -> Sequence[float]:
    if transport is Transport.GRPC:
        return list(json.loads(_messages("read", answer)))
    return list(json.loads(answer)["outputs"][0]["data"])


def _messages(action: str, content: bytes) -> bytes:
    command = [str(ENVIRONMENT / "bin" / "python"), MESSAGES, action]
    return subprocess.run(command, input=content, check=True, capture_output=True).stdout
