"""A PostgreSQL of a program's own, which listens on a socket in its directory only."""

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
# Directly below it, since another user must get there, and since a socket's path is short.
SCRATCH = Path(tempfile.gettempdir())


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL; `cluster` is its own word for one."""

    directory: Path

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-c listen_addresses= -c unix_socket_directories={self.directory}"
        data, log = str(self.directory / "data"), str(self.directory / "log")
        self.run("pg_ctl", "start", "-w", "-D", data, "-l", log, "-o", options)

    def stop(self) -> None:
        """Stop it as a power cut would: no connection is told. One that does not run is left alone."""
        if (self.directory / "data" / "postmaster.pid").exists():
            self.run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self.directory / "data"))

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as a user that it accepts."""
        command = [str(BINARIES[-1] / program), *arguments]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, capture_output=True, cwd="/", timeout=60)

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"monitor_{uuid.uuid4().hex}"
        with psycopg.connect(f"host={self.directory} user=postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql://postgres@/{name}?host={self.directory}"


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A new one, which is gone after the block; `BINARIES` is empty where PostgreSQL is not installed."""
    directory = SCRATCH / f"ontime-postgresql-{uuid.uuid4().hex[:8]}"
    directory.mkdir()
    if os.getuid() == 0:
        shutil.chown(directory, "postgres")
    made = Cluster(directory)
    try:
        # A new one need not outlive the machine; what it stores later is written as it is anywhere.
        options = ("-U", "postgres", "--auth", "trust", "--no-sync")
        made.run("initdb", "-D", str(directory / "data"), *options)
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(directory)
