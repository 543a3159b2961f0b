"""An evaluation under a lease: what ends the child, and what its end is called."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from serving.artifact import ModelDirectory
from serving.monitor.child import Evaluator
from serving.monitor.evaluation import LOST_LEASE, PERFORMANCE
from serving.monitor.store import leases, schema
from tests.examples.serving.monitored import DEPLOYMENT, NAMESPACE

SCOPE = f"{NAMESPACE}/{DEPLOYMENT}"


@pytest.fixture
def waiting_child(model: ModelDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A child's store takes the connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        settings = {
            "DEPLOYMENT": DEPLOYMENT,
            "NAMESPACE": NAMESPACE,
            "MODEL_DIRECTORY": model.path,
            "MODEL_HASH": model.content_hash,
            "DATABASE_URL": f"postgresql://monitor@127.0.0.1:{mute.getsockname()[1]}/monitor",
            "SPOOL_DIRECTORY": tmp_path / "spool",
        }
        for name, value in settings.items():
            monkeypatch.setenv(f"ONTIME_MONITOR_{name}", str(value))
        yield


def evaluator(engine: Engine) -> Evaluator:
    return Evaluator(engine, SCOPE, lease_seconds=1, evaluation_seconds=120)


def take_over(engine: Engine) -> None:
    """As another replica does to a holder that fell silent."""
    with engine.begin() as connection:
        connection.execute(update(schema.leases).values(holder="another", token=schema.leases.c.token + 1))


@pytest.mark.usefixtures("waiting_child")
def test_an_evaluation_that_another_replica_took_over_has_lost_its_lease(engine: Engine) -> None:
    async def scenario() -> int:
        lease = await evaluator(engine).acquire(PERFORMANCE)
        assert lease is not None
        take_over(engine)
        return await evaluator(engine).run(lease, PERFORMANCE)

    assert asyncio.run(scenario()) == LOST_LEASE


def test_a_child_that_cannot_be_started_leaves_its_lease(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")

    async def scenario() -> leases.Lease | None:
        lease = await evaluator(engine).acquire(PERFORMANCE)
        assert lease is not None
        with pytest.raises(FileNotFoundError):
            await evaluator(engine).run(lease, PERFORMANCE)
        return await evaluator(engine).acquire(PERFORMANCE)

    assert asyncio.run(scenario()) is not None
