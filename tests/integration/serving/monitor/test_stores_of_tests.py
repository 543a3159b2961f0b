"""The stores that the tests and the benchmarks stop: nothing is left of them, and they come back."""

import sqlite3
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from benchmarks.outage import Store
from benchmarks.postgresql import BINARIES, Cluster, running_cluster


class BlockError(Exception):
    """What a test or a benchmark ends with that fails."""


def connected(cluster: Cluster) -> psycopg.Connection:
    return psycopg.connect(f"host={cluster.directory} user=postgres")


def serves(cluster: Cluster) -> bool:
    try:
        connected(cluster).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.skipif(not BINARIES, reason="no PostgreSQL here: apt-get install postgresql")
def test_no_server_outlives_a_block_that_fails() -> None:
    with suppress(BlockError), running_cluster() as cluster:
        connection = connected(cluster)
        raise BlockError
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    assert not cluster.directory.exists()


def test_a_server_that_is_stopped_already_is_no_fault(stoppable_postgresql: Cluster) -> None:
    stoppable_postgresql.stop()
    stoppable_postgresql.stop()
    assert not serves(stoppable_postgresql)


def test_a_server_comes_back_after_a_block_that_fails(stoppable_postgresql: Cluster) -> None:
    with suppress(BlockError), Store("", stoppable_postgresql).gone():
        assert not serves(stoppable_postgresql)
        raise BlockError
    assert serves(stoppable_postgresql)


def test_a_file_comes_back_after_a_block_that_fails(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    with suppress(BlockError), Store(f"sqlite:///{path}", None).gone():
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            sqlite3.connect(path, timeout=0).execute("CREATE TABLE a (b)")
        raise BlockError
    sqlite3.connect(path, timeout=0).execute("CREATE TABLE a (b)")
