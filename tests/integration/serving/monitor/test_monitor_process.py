"""The monitor as a process: what was acknowledged is never lost, whatever is killed or goes away."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil
import pytest
import requests
import sqlalchemy as sa

from benchmarks.outage import Store
from benchmarks.postgresql import Cluster
from serving.artifact import ModelDirectory
from serving.monitor.store.connection import open_engine
from tests.examples.serving.monitor_process import MonitorProcess, running_monitor
from tests.examples.serving.monitored import Prediction, rows_of

# So that the monitor's own work has a share of a machine that runs all of this.
PAUSE_SECONDS = 0.01


@dataclass
class Load:
    """What clients were told: the requests that were acknowledged."""

    acknowledged: list[str] = field(default_factory=list)


@contextmanager
def load_on(monitor: MonitorProcess, clients: int = 4) -> Iterator[Load]:
    """Send requests from `clients` connections at once, hundreds a second, until the block ends."""
    load, ended = Load(), threading.Event()
    rows = rows_of(1, seed=7)

    def send() -> None:
        with requests.Session() as session:
            while not ended.is_set():
                prediction = Prediction(rows)
                event = prediction.request()
                try:
                    answer = session.post(monitor.address, data=event.body, headers=event.headers, timeout=20)
                except requests.RequestException:
                    return
                if answer.status_code == 200:
                    load.acknowledged.append(prediction.request_id)
                ended.wait(PAUSE_SECONDS)

    threads = [threading.Thread(target=send) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def stored_requests(url: str) -> list[str]:
    engine = open_engine(url, timeout=10)
    with engine.connect() as connection:
        found = list(connection.execute(sa.text("SELECT request_id FROM slices")).scalars())
    engine.dispose()
    return found


def test_a_kill_in_the_middle_of_a_load_loses_nothing_acknowledged(
    model: ModelDirectory, url: str, tmp_path: Path
) -> None:
    with running_monitor(model, url, tmp_path / "spool") as monitor, load_on(monitor) as load:
        wait_for_acknowledged(load, 100)
        monitor.process.send_signal(signal.SIGKILL)
    # What waited in the spool when it was killed is the next process's first work.
    with running_monitor(model, url, tmp_path / "spool") as monitor:
        monitor.wait_for_empty_spool()
    stored = stored_requests(url)
    assert set(load.acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))


def wait_for_acknowledged(load: Load, count: int, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while len(load.acknowledged) < count:
        assert time.monotonic() < deadline, f"{len(load.acknowledged)} events of {count} were acknowledged"
        time.sleep(0.02)


# The minute that a store may be away, once: nothing in it depends on the kind of store.
@pytest.mark.parametrize(("database", "seconds"), [("sqlite", 5), ("postgresql", 60)])
def test_a_store_that_goes_away_under_load_loses_nothing_acknowledged(
    model: ModelDirectory, database: str, seconds: float, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    cluster = request.getfixturevalue("stoppable_postgresql") if database == "postgresql" else None
    url = cluster.database() if cluster else f"sqlite:///{tmp_path / 'monitor.db'}"
    settings = {"store_timeout_seconds": 1}
    with running_monitor(model, url, tmp_path / "spool", **settings) as monitor:
        monitor.wait_for_empty_spool()
        with load_on(monitor) as load:
            wait_for_acknowledged(load, 50)
            with Store(url, cluster).gone():
                back = time.monotonic() + seconds
                while time.monotonic() < back:
                    wait_for_acknowledged(load, len(load.acknowledged) + 1)
                    time.sleep(1)
                monitor.wait_for_sample("ontime_monitor_store_up", 0)
                assert monitor.get("/readyz").status_code == 200
            wait_for_acknowledged(load, len(load.acknowledged) + 50)
        monitor.wait_for_empty_spool()
    stored = stored_requests(url)
    assert set(load.acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))


@contextmanager
def frozen(cluster: Cluster) -> Iterator[None]:
    """Every process of PostgreSQL stopped where it is: its connections are there, and the kernel answers."""
    postmaster = psutil.Process(int((cluster.directory / "data" / "postmaster.pid").read_text().split()[0]))
    # First of all, so that it starts no other.
    postmaster.suspend()
    children = postmaster.children()
    try:
        for child in children:
            child.suspend()
        yield
    finally:
        for process in (*children, postmaster):
            process.resume()


def test_a_store_that_freezes_under_load_keeps_nobody_waiting_and_loses_nothing(
    model: ModelDirectory, stoppable_postgresql: Cluster, tmp_path: Path
) -> None:
    url = stoppable_postgresql.database()
    with running_monitor(model, url, tmp_path / "spool", store_timeout_seconds=1) as monitor:
        monitor.wait_for_empty_spool()
        with load_on(monitor) as load:
            wait_for_acknowledged(load, 50)
            with frozen(stoppable_postgresql):
                wait_for_acknowledged(load, len(load.acknowledged) + 50)
                monitor.wait_for_sample("ontime_monitor_store_up", 0)
            wait_for_acknowledged(load, len(load.acknowledged) + 50)
        monitor.wait_for_empty_spool()
    stored = stored_requests(url)
    assert set(load.acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))


def test_a_frozen_store_does_not_keep_the_monitor_from_its_end(
    model: ModelDirectory, stoppable_postgresql: Cluster, tmp_path: Path
) -> None:
    url = stoppable_postgresql.database()
    with running_monitor(model, url, tmp_path / "spool", store_timeout_seconds=1) as monitor:
        monitor.wait_for_empty_spool()
        with frozen(stoppable_postgresql):
            assert monitor.send(Prediction(rows_of(1, 1)).request()).json() == {"outcome": "spooled"}
            monitor.process.terminate()
            assert monitor.process.wait(timeout=30) in {0, -signal.SIGTERM}


def test_poisonous_events_are_refused_alone_and_their_bodies_not_repeated(
    model: ModelDirectory, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'monitor.db'}"
    with running_monitor(model, url, tmp_path / "spool", maximum_bytes=10_000, log_level="DEBUG") as monitor:
        monitor.wait_for_empty_spool()
        good = Prediction(rows_of(1, 1))
        answers = [
            monitor.send(good.request().but(body=b'{"data": {"ndarray": [["secret-value"]]}}')),
            monitor.send(good.request().but(ce_type="io.seldon.serving.unknown")),
            monitor.send(good.request().but(body=b"x" * 10_001)),
            monitor.send(good.request().but(ce_requestid=None)),
            monitor.send(good.request()),
        ]
        assert [answer.status_code for answer in answers] == [400, 422, 413, 400, 200]
        assert monitor.status()["refused_events"] == {"body": 1, "type": 1, "too_large": 1, "envelope": 1}
        assert monitor.get("/nowhere").status_code == 404
        assert monitor.get("/").status_code == 405
    assert "secret-value" not in "".join(capfd.readouterr())
    assert stored_requests(url) == [good.request_id]


def test_what_a_publication_asks_is_not_watched(model: ModelDirectory, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'monitor.db'}"
    asked, probe = Prediction(rows_of(1, 1)), Prediction(rows_of(1, 2), request_id="ontime-publish-1")
    with running_monitor(model, url, tmp_path / "spool") as monitor:
        monitor.wait_for_empty_spool()
        assert monitor.send(probe.request()).json() == {"outcome": "passed over"}
        assert monitor.send(asked.request()).json() == {"outcome": "stored"}
    assert stored_requests(url) == [asked.request_id]


def test_a_told_end_is_a_clean_one(model: ModelDirectory, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'monitor.db'}"
    with running_monitor(model, url, tmp_path / "spool") as monitor:
        monitor.send(Prediction(rows_of(1, 1)).request())
        monitor.process.terminate()
        assert monitor.process.wait(timeout=30) in {0, -signal.SIGTERM}


def test_what_waits_in_the_spool_goes_to_the_store_before_a_told_end(
    model: ModelDirectory, tmp_path: Path
) -> None:
    missing = tmp_path / "not" / "yet"
    url = f"sqlite:///{missing / 'monitor.db'}"
    prediction = Prediction(rows_of(1, 1))
    with running_monitor(model, url, tmp_path / "spool") as monitor:
        assert monitor.send(prediction.request()).json() == {"outcome": "spooled"}
        missing.mkdir(parents=True)
        monitor.process.terminate()
        monitor.process.wait(timeout=30)
    assert stored_requests(url) == [prediction.request_id]


def test_the_process_that_takes_events_has_no_alibi_detect(model: ModelDirectory, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'monitor.db'}"
    with running_monitor(model, url, tmp_path / "spool") as monitor:
        mapped = Path(f"/proc/{monitor.process.pid}/maps").read_text()
    # Alibi Detect is Python alone, but never comes without numba's compiler.
    assert "llvmlite" not in mapped


def test_a_monitor_whose_store_is_away_from_the_start_takes_events_and_says_so(
    model: ModelDirectory, tmp_path: Path
) -> None:
    missing = tmp_path / "not" / "yet"
    with running_monitor(model, f"sqlite:///{missing / 'monitor.db'}", tmp_path / "spool") as monitor:
        assert monitor.send(Prediction(rows_of(1, 1)).request()).json() == {"outcome": "spooled"}
        assert monitor.status()["store"] == {"present": False, "spooled": 1}
        samples = monitor.samples()
        assert (samples["ontime_monitor_store_up"], samples["ontime_monitor_spooled_events"]) == ([0], [1])
        missing.mkdir(parents=True)
        monitor.wait_for_empty_spool()
        assert monitor.get("/readyz").json() == {"ready": True, "store": True, "spooled": 0}


def test_a_monitor_without_its_model_says_so_in_one_line(
    model: ModelDirectory, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    another, url = replace(model, content_hash="0" * 64), f"sqlite:///{tmp_path / 'monitor.db'}"
    with (
        pytest.raises(AssertionError, match="did not start: 1"),
        running_monitor(another, url, tmp_path / "spool"),
    ):
        pytest.fail("it started")
    said = capfd.readouterr().err
    assert "The monitor does not start" in said
    assert said.count("\n") == 1
