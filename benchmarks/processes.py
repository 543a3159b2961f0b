"""Servers of a benchmark as processes on the servers' core, and the processor time that they take."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from benchmarks.cores import SERVERS, started_on
from serving.local.container import RunningContainer
from serving.local.plan import ContainerPlan, Probe, Role
from serving.local.probes import wait_for

SECONDS_TO_START = 120.0
# Feast, imported for the rows, sets them: who inherits them keeps counts in files instead of in memory.
METRICS_IN_FILES = {"PROMETHEUS_MULTIPROC_DIR", "PROMETHEUS_MULTIPROCESS_DIR"}


@asynccontextmanager
async def server(
    name: str, command: Sequence[str], variables: Mapping[str, str], log: Path, *ports: Probe
) -> AsyncIterator[int]:
    """The process of a command, once all of its ports answer; it ends with the block.

    Raises ContainerFailedError where it ends before that, or never answers.
    """
    plan = ContainerPlan(name, Role.MAIN, image="", command=tuple(command), variables=variables)
    inherited = {name: value for name, value in os.environ.items() if name not in METRICS_IN_FILES}
    with started_on(SERVERS):
        running = RunningContainer(plan, {**inherited, **variables}, log)
    try:
        for port in ports:
            await _answers(running, port)
        yield running.pid
    finally:
        running.kill()


async def _answers(running: RunningContainer, port: Probe) -> None:
    asking = asyncio.ensure_future(wait_for(port))
    await asyncio.wait([asking, running.ended], return_when=asyncio.FIRST_COMPLETED)
    if running.ended.done() or asking.exception() is not None:
        asking.cancel()
        raise running.failure("does not answer")


def listens(port: int, path: str | None = None) -> Probe:
    """The question whether a port answers by now."""
    return Probe(port, path, SECONDS_TO_START)


def processor_seconds(pid: int) -> float:
    """The processor time that a process and all below it have taken."""
    process = psutil.Process(pid)
    times = [part.cpu_times() for part in (process, *process.children(recursive=True))]
    return float(sum(time.user + time.system for time in times))
