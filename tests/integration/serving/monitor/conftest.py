"""The two stores that the monitor runs on, a watched model, and a PostgreSQL of the tests' own."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from serving.artifact import ModelDirectory
from serving.monitor.store.connection import open_engine
from serving.monitor.store.migrations import migrate
from tests.examples.serving.monitored import write_watched_model

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
# A directory of its own directly below /tmp: another user must get there, and a socket's path is short.
SCRATCH = Path("/tmp")


@dataclass(frozen=True)
class Cluster:
    """A private PostgreSQL that listens on a socket in its own directory only."""

    directory: Path

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as a user that it accepts."""
        command = [str(BINARIES[-1] / program), *arguments]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, capture_output=True, cwd="/", timeout=60)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-c listen_addresses= -c unix_socket_directories={self.directory}"
        log = str(self.directory / "log")
        self.run("pg_ctl", "start", "-w", "-D", str(self.directory / "data"), "-l", log, "-o", options)

    def stop(self) -> None:
        """Stop it as a power cut would: no connection is told."""
        self.run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self.directory / "data"))

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"monitor_{uuid.uuid4().hex}"
        with psycopg.connect(f"host={self.directory} user=postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql://postgres@/{name}?host={self.directory}"


@contextmanager
def cluster() -> Iterator[Cluster]:
    if not BINARIES:
        pytest.skip("no PostgreSQL here: apt-get install postgresql")
    directory = SCRATCH / f"ontime-postgresql-{uuid.uuid4().hex[:8]}"
    directory.mkdir()
    if os.getuid() == 0:
        shutil.chown(directory, "postgres")
    made = Cluster(directory)
    try:
        made.run("initdb", "-D", str(directory / "data"), "-U", "postgres", "--auth", "trust")
        made.start()
        yield made
        made.stop()
    finally:
        shutil.rmtree(directory)


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


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelDirectory:
    return write_watched_model(tmp_path_factory.mktemp("watched"))
