"""The two stores that the monitor runs on, a watched model, and a PostgreSQL of the tests' own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine

from benchmarks.postgresql import BINARIES, Cluster, running_cluster
from serving.artifact import ModelDirectory
from serving.monitor.gateway import Gateway
from serving.monitor.metrics import Counters
from serving.monitor.settings import MonitorSettings
from serving.monitor.spool import Spool
from serving.monitor.store.connection import open_engine
from serving.monitor.store.migrations import migrate
from serving.monitor.watch import Watch
from tests.examples.serving.monitored import DEPLOYMENT, EXPECTED, NAMESPACE, SHAPE, write_watched_model


@contextmanager
def cluster() -> Iterator[Cluster]:
    if not BINARIES:
        pytest.skip("no PostgreSQL here: apt-get install postgresql")
    with running_cluster() as made:
        yield made


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    with cluster() as made:
        yield made


@pytest.fixture
def stoppable_postgresql() -> Iterator[Cluster]:
    """One for a test that stops it."""
    with cluster() as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store, on either database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'monitor.db'}"
    return request.getfixturevalue("postgresql").database()


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """The store with its tables."""
    opened = open_engine(url, timeout=5)
    migrate(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def watch(engine: Engine, url: str, tmp_path: Path) -> Iterator[Watch]:
    """What a replica does in the background, whose store is there."""
    settings = MonitorSettings(
        deployment=DEPLOYMENT,
        namespace=NAMESPACE,
        model_directory=tmp_path,
        model_hash=EXPECTED.model_version,
        database_url=url,
        spool_directory=tmp_path,
    )
    counters, spool = Counters(), Spool(tmp_path, maximum_bytes=1024**2)
    gateway = Gateway(engine, settings.scope, spool, counters)
    gateway.catch_up()
    yield Watch(settings, SHAPE, engine, gateway, counters)
    spool.close()


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelDirectory:
    return write_watched_model(tmp_path_factory.mktemp("watched"))
