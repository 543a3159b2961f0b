"""The monitor: how many events it acknowledges a second on one core, and how fast at an even pace."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from benchmarks.events import EventSender, Logged
from benchmarks.load import Step, closed_loop, paced
from benchmarks.published import Published, Served
from benchmarks.wire import connected

# As many as the executor's logger has workers.
WORKERS = 10
OFFERED = 500


async def measure_monitor(
    published: Published, served: Served, events: Sequence[Logged], database: str, seconds: float
) -> dict[str, Any]:
    """Load on the running monitor of a pod: as much as it takes, then 500 events a second."""
    port = served.port("monitor", "monitor")
    sender = EventSender(published, events, port)
    async with event_steps(sender, port) as steps:
        await closed_loop(steps, seconds / 10, {})
        most = await closed_loop(steps, seconds, served.pids("monitor"))
        offered = await paced(steps, OFFERED, seconds)
    return {
        "store": database,
        "events_per_second": most.rate,
        "processor_milliseconds_per_event": most.processor_milliseconds()["monitor"],
        "offered_per_second": OFFERED,
        "answered_per_second": offered.rate,
        "p50_milliseconds": offered.percentile(50),
        "p99_milliseconds": offered.percentile(99),
    }


@asynccontextmanager
async def event_steps(sender: EventSender, port: int) -> AsyncIterator[list[Step]]:
    """The connections of the executor's workers."""
    async with AsyncExitStack() as stack:
        connections = []
        for _ in range(WORKERS):
            connection = await connected(port)
            stack.callback(connection.close)
            connections.append(connection)
        yield [lambda _, one=one: sender.send(one) for one in connections]  # type: ignore[misc]
