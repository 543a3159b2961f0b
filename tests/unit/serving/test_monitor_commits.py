"""Group commit and the spool: what waits goes together, and everybody hears what became of it."""

import asyncio
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from serving.monitor.commits import GroupCommit
from serving.monitor.events import read_event
from serving.monitor.gateway import STORED, Gateway, Outcome
from serving.monitor.metrics import Counters
from serving.monitor.records import AnyRecord
from serving.monitor.spool import Spool, SpoolFullError
from serving.monitor.store.connection import open_engine
from tests.examples.serving.monitored import EXPECTED, Prediction, rows_of

MEGABYTE = 1024**2


def records(count: int) -> list[AnyRecord]:
    events = [Prediction(rows_of(1, seed)).request() for seed in range(count)]
    return [read_event(event.headers, event.body, EXPECTED, datetime.now(UTC)) for event in events]


def test_what_comes_while_one_batch_is_written_goes_together_into_the_next() -> None:
    first_is_there, first_is_written = threading.Event(), threading.Event()
    batches: list[int] = []

    def write(batch: Sequence[AnyRecord]) -> list[Outcome]:
        if not batches:
            first_is_there.set()
            first_is_written.wait(timeout=60)
        batches.append(len(batch))
        return [STORED] * len(batch)

    async def scenario() -> list[Outcome]:
        commits = GroupCommit(write)
        writer = asyncio.create_task(commits.run())
        waiting = [asyncio.create_task(commits.add(record)) for record in records(1)]
        await asyncio.to_thread(first_is_there.wait, 60)
        waiting += [asyncio.create_task(commits.add(record)) for record in records(10)]
        await asyncio.sleep(0)
        first_is_written.set()
        outcomes = await asyncio.gather(*waiting)
        writer.cancel()
        return outcomes

    assert asyncio.run(scenario()) == [STORED] * 11
    assert batches == [1, 10]


def test_a_batch_that_cannot_be_written_is_told_to_everybody_in_it() -> None:
    def write(_batch: Sequence[AnyRecord]) -> list[Outcome]:
        raise SpoolFullError("full")

    async def scenario() -> list[BaseException | Outcome]:
        commits = GroupCommit(write)
        writer = asyncio.create_task(commits.run())
        outcomes = await asyncio.gather(
            *(commits.add(record) for record in records(3)), return_exceptions=True
        )
        writer.cancel()
        return outcomes

    assert [type(outcome) for outcome in asyncio.run(scenario())] == [SpoolFullError] * 3


def test_the_spool_gives_back_what_it_took_in_order_across_processes(tmp_path: Path) -> None:
    taken = records(3)
    first = Spool(tmp_path, MEGABYTE)
    first.append(taken)
    first.close()
    second = Spool(tmp_path, MEGABYTE)
    found, position = second.oldest(2)
    assert found == taken[:2]
    second.remove(position)
    assert (second.oldest(10)[0], len(second)) == (taken[2:], 1)
    second.close()


def test_two_that_share_a_spool_remove_nothing_of_each_other(tmp_path: Path) -> None:
    *earlier, later = records(3)
    first, second = Spool(tmp_path, MEGABYTE), Spool(tmp_path, MEGABYTE)
    first.append(earlier)
    _, seen_by_first = first.oldest(10)
    second.remove(second.oldest(10)[1])
    second.append([later])
    first.remove(seen_by_first)
    assert first.oldest(10)[0] == [later]
    assert (len(first), len(second)) == (1, 1)
    first.close()
    second.close()


def fill(spool: Spool, batch: Sequence[AnyRecord]) -> None:
    """Append a batch until the spool takes no more."""
    for _ in range(100):
        try:
            spool.append(batch)
        except SpoolFullError:
            return
    pytest.fail("the spool has no end")


def test_a_full_spool_takes_nothing_of_a_batch_and_then_takes_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path, maximum_bytes=200_000)
    batch = records(100)
    fill(spool, batch)
    assert len(spool) % len(batch) == 0
    spool.remove(spool.oldest(len(spool))[1])
    spool.append(batch)
    assert len(spool) == len(batch)
    spool.close()


def test_what_waits_in_the_spool_goes_to_the_store_when_it_is_there(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", MEGABYTE)
    missing = tmp_path / "not" / "yet"
    engine = open_engine(f"sqlite:///{missing / 'monitor.db'}", timeout=1)
    gateway = Gateway(engine, "ontime/parcels", spool, Counters())
    gateway.catch_up()
    assert gateway.put(records(2)) == ["spooled", "spooled"]
    missing.mkdir(parents=True)
    gateway.catch_up()
    assert (gateway.store_is_present, gateway.spooled) == (True, 0)
    assert gateway.put(records(1)) == ["stored"]
    engine.dispose()
    spool.close()
