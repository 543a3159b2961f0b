"""The request logger of the orchestrator never holds up a request, whatever its sink does."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web

from serving.local.orchestrator.arguments import Arguments, parse
from serving.local.orchestrator.events import Event, EventKind, EventLog
from serving.local.ports import free_ports

DROPPED = "timed out waiting to queue log request: buffer is full"


@dataclass
class Sink:
    """Takes events once its gate is open; refuses them with another status if told so."""

    status: int = 200
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    taken: list[str] = field(default_factory=list)
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        await self.gate.wait()
        self.taken.append(request.headers["Ce-Requestid"])
        return web.Response(status=self.status)

    def event(self, name: str) -> Event:
        return Event(self.url, EventKind.REQUEST, "model", name, "application/json", b"{}")

    async def until_taken(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.taken) < count:  # noqa: ASYNC110 - the workers decide when
                await asyncio.sleep(0.005)


def arguments(**changes: int) -> Arguments:
    given = {"logger_workers": 1, "log_work_buffer_size": 1, "log_write_timeout_ms": 50, **changes}
    named = [part for name, value in given.items() for part in (f"--{name}", str(value))]
    return parse(["--sdep", "d", "--namespace", "n", "--predictor", "p", *named])


@asynccontextmanager
async def logging_to(sink: Sink, given: Arguments) -> AsyncIterator[EventLog]:
    application = web.Application()
    application.router.add_post("/", sink.take)
    runner = web.AppRunner(application)
    await runner.setup()
    (port,) = free_ports(1)
    await web.TCPSite(runner, "127.0.0.1", port).start()
    sink.url = f"http://127.0.0.1:{port}"
    async with aiohttp.ClientSession() as session:
        events = EventLog(given, session)
        events.start()
        try:
            yield events
        finally:
            await events.stop()
            await runner.cleanup()


def test_what_finds_the_queue_full_for_the_write_time_out_is_dropped_with_a_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scenario() -> list[str]:
        sink = Sink()
        async with logging_to(sink, arguments()) as events:
            for name in ("sent", "queued", "dropped"):
                events.put(sink.event(name))
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.2)
            sink.gate.set()
            await sink.until_taken(2)
            return sink.taken

    with caplog.at_level(logging.ERROR):
        assert asyncio.run(scenario()) == ["sent", "queued"]
    assert [DROPPED in record.message for record in caplog.records] == [True]


def test_as_many_events_as_there_are_workers_are_under_way_at_once() -> None:
    async def scenario() -> list[str]:
        sink = Sink()
        async with logging_to(sink, arguments(logger_workers=3, log_work_buffer_size=10)) as events:
            for name in ("a", "b", "c"):
                events.put(sink.event(name))
            sink.gate.set()
            await sink.until_taken(3)
            return sorted(sink.taken)

    assert asyncio.run(scenario()) == ["a", "b", "c"]


def test_an_event_that_the_sink_refuses_is_not_sent_again(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> list[str]:
        sink = Sink(status=503)
        sink.gate.set()
        async with logging_to(sink, arguments(log_work_buffer_size=10)) as events:
            for name in ("refused", "next"):
                events.put(sink.event(name))
            await sink.until_taken(2)
            return sink.taken

    with caplog.at_level(logging.ERROR):
        assert asyncio.run(scenario()) == ["refused", "next"]
    assert "status 503" in caplog.text
