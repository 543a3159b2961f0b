"""Feast's own feature server on the published model's registry and online store.

`feast serve` speaks HTTP only; its option for gRPC is refused by the version that is locked.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import yaml
from feast.protos.feast.core.Registry_pb2 import Registry
from numpy.typing import NDArray

from benchmarks.processes import listens, server
from benchmarks.rows import SQLITE, Row
from benchmarks.wire import Ask, posting
from serving.artifact import ModelDirectory
from serving.local.environments import ENVIRONMENTS
from serving.local.ports import free_ports
from serving.online import ENTITY_KEY_VERSION

NAME = "feast serve"
PATH = "/get-online-features"
FEAST = str(ENVIRONMENTS / "serving" / "bin" / "feast")


@dataclass(frozen=True)
class FeastServer:
    """A running server."""

    pid: int
    port: int

    def connect(self) -> AbstractAsyncContextManager[Ask]:
        """A connection of its own."""
        return posting(self.port, PATH)


@asynccontextmanager
async def feast_server(
    model: ModelDirectory, online_store: str, directory: Path
) -> AsyncIterator[FeastServer]:
    """The server, ready: no access log, and no worker that ends after 1,000 requests."""
    _write_repository(model, online_store, directory)
    (port,) = free_ports(1)
    command = [FEAST, "-c", str(directory), "serve", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--no-access-log", "--max-requests", "0", "--registry_ttl_sec", "3600"]
    async with server(NAME, command, {}, directory / "log", listens(port, "/health")) as pid:
        yield FeastServer(pid, port)


def ask_for(service: str, keys: Sequence[str], rows: Sequence[Row]) -> bytes:
    """The body of a request for the features of some rows."""
    entities = {key: [row[key] for row in rows] for key in keys}
    return msgspec.json.encode({"feature_service": service, "entities": entities, "full_feature_names": True})


def stored(answer: bytes) -> dict[str, NDArray[np.float64]]:
    """The column of each feature, NaN where it is missing."""
    document = msgspec.json.decode(answer)
    columns = [item["values"] for item in document["results"]]
    return {
        name: np.array(column, dtype=np.float64)
        for name, column in zip(document["metadata"]["feature_names"], columns, strict=True)
        # The keys come back too.
        if not any(isinstance(value, str) for value in column)
    }


def _write_repository(model: ModelDirectory, online_store: str, directory: Path) -> None:
    directory.mkdir(parents=True)
    registry = model.registry.read_bytes()
    (directory / "registry.pb").write_bytes(registry)
    projects = {item.spec.name: item.spec.project for item in Registry.FromString(registry).feature_services}
    configuration = {
        "project": projects[model.signature.feature_service],
        "provider": "local",
        "registry": {"registry_type": "file", "path": str(directory / "registry.pb")},
        "online_store": {"type": "sqlite", "path": online_store.removeprefix(SQLITE)},
        "entity_key_serialization_version": ENTITY_KEY_VERSION,
    }
    (directory / "feature_store.yaml").write_text(yaml.safe_dump(configuration), encoding="utf-8")
