"""Seldon's own wrapper, as it is by default, with the same component class for the model."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.chain import PATHS, PROCEDURES
from benchmarks.peer import Transport
from benchmarks.processes import listens, server
from benchmarks.wire import Ask, calling, posting
from serving.artifact import ModelDirectory
from serving.local.environments import ENVIRONMENTS
from serving.local.places import ROOT
from serving.local.ports import free_ports

WRAPPER = str(ENVIRONMENTS / "serving" / "bin" / "seldon-core-microservice")


@dataclass(frozen=True)
class StockWrapper:
    """A running wrapper."""

    pid: int
    ports: dict[Transport, int]

    def connect(self, transport: Transport) -> AbstractAsyncContextManager[Ask]:
        """A connection on a transport."""
        if transport is Transport.REST:
            return posting(self.ports[transport], PATHS["model"])
        return calling(self.ports[transport], PROCEDURES["model"])


@asynccontextmanager
async def stock_wrapper(model: ModelDirectory, log: Path) -> AsyncIterator[StockWrapper]:
    """The wrapper, ready."""
    rest, rpc, metrics = free_ports(3)
    variables = {
        "PYTHONPATH": str(ROOT),
        "PREDICTIVE_UNIT_ID": "model",
        "ONTIME_NODE_MODEL_DIRECTORY": str(model.path),
        "ONTIME_NODE_MODEL_HASH": model.content_hash,
    }
    ports = (listens(rest, "/health/status"), listens(rpc))
    async with server("stock wrapper", _command(rest, rpc, metrics), variables, log, *ports) as pid:
        yield StockWrapper(pid, {Transport.REST: rest, Transport.GRPC: rpc})


def _command(rest: int, rpc: int, metrics: int) -> Sequence[str]:
    ports = {"--http-port": rest, "--grpc-port": rpc, "--metrics-port": metrics}
    options = [part for name, port in ports.items() for part in (name, str(port))]
    return [WRAPPER, "serving.model.Model", "--service-type", "MODEL", *options]
