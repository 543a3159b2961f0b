"""Load on a server: a closed loop, whose clients ask again when they are answered, and a paced one."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.processes import processor_seconds

type Step = Callable[[int], Awaitable[object]]
"""One request, given how many were sent before it."""


@dataclass(frozen=True)
class Measured:
    """What a load came to; processor seconds are those of each server's process."""

    seconds: float
    latencies: Sequence[float]
    processor: Mapping[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency in milliseconds that this share of the requests, in percent, stayed below."""
        return float(np.percentile(self.latencies, share)) * 1000

    def processor_milliseconds(self) -> dict[str, float]:
        """The processor time of one request, by server."""
        return {name: seconds * 1000 / len(self.latencies) for name, seconds in self.processor.items()}


async def closed_loop(steps: Sequence[Step], seconds: float, pids: Mapping[str, int]) -> Measured:
    """Have each step, a connection of its own, ask over and over until the time is up."""
    latencies: list[float] = []
    before = {name: processor_seconds(pid) for name, pid in pids.items()}
    start = time.perf_counter()

    async def ask(step: Step) -> None:
        asked = time.perf_counter()
        while asked < start + seconds:
            await step(len(latencies))
            answered = time.perf_counter()
            latencies.append(answered - asked)
            asked = answered

    await asyncio.gather(*(ask(step) for step in steps))
    took = time.perf_counter() - start
    taken = {name: processor_seconds(pid) - before[name] for name, pid in pids.items()}
    return Measured(took, latencies, taken)


async def paced(steps: Sequence[Step], rate: float, seconds: float) -> Measured:
    """Send so many requests a second, whatever becomes of them, over connections that are free.

    A latency counts from when a request should have been sent, so that a server which stalls cannot hide
    the requests that waited behind its stall.
    """
    free: asyncio.Queue[Step] = asyncio.Queue()
    for step in steps:
        free.put_nowait(step)
    latencies: list[float] = []
    start = time.perf_counter()

    async def ask(number: int) -> None:
        step = await free.get()
        await step(number)
        latencies.append(time.perf_counter() - start - number / rate)
        free.put_nowait(step)

    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
            group.create_task(ask(number))
    return Measured(time.perf_counter() - start, latencies)
