"""A pod of this machine: its containers start, live and end together, in Kubernetes' order."""

import asyncio
import shutil
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from serving.deployment.pod import SPOOL_VOLUME
from serving.local.container import ContainerFailedError, RunningContainer
from serving.local.environments import environment_of, variables
from serving.local.orchestrator.settings import ANNOTATIONS
from serving.local.plan import ContainerPlan, PodPlan, Probe, Role, is_executor
from serving.local.ports import free_ports
from serving.local.probes import wait_for
from serving.local.relocation import SCRATCH, relocated

ORCHESTRATOR = "serving.local.orchestrator"
POD_INFORMATION = "seldon-podinfo"
# What a container may take to end when nobody waits for its clients to move on.
SHORT_GRACE_SECONDS = 10.0

Report = Callable[[RunningContainer], None]
End = Callable[[RunningContainer], Coroutine[Any, Any, None]]


class Pod:
    """The containers of a published manifest as processes, on ports and in directories of their own."""

    def __init__(
        self, plan: PodPlan, directory: Path, spool: Path, executor: Path | None, report: Report
    ) -> None:
        """`spool`: of the deployment's monitors, one after the other. What waits in it outlives the pod."""
        self.plan = plan
        self._directory = directory
        self._spool = spool
        self._executor = executor
        self._report = report
        self._running: list[RunningContainer] = []
        moved = dict(zip(plan.ports, free_ports(len(plan.ports)), strict=True))
        self._volumes = self._make_directories()
        self._containers = [self._placed(container, moved) for container in plan.containers]

    def port(self, name: str, *, side_car: bool = False) -> int | None:
        """Where the executor, or a side-car, listens now under a port's name."""
        for container in self._containers:
            if (container.role is Role.SIDE_CAR) if side_car else is_executor(container):
                return container.ports.get(name)
        return None

    async def start(self) -> None:
        """Start every container in its turn; returns when all are ready.

        Raises:
            ContainerFailedError: One ended or did not become ready; the others may be running.
        """
        for container in self._of(Role.INIT, Role.SIDE_CAR):
            running = self._run(container)
            if container.role is Role.INIT:
                await running.wait()
                if running.exit_code != 0:
                    raise running.failure(f"ended with {running.exit_code}")
                self._report(running)
            else:
                await self._ready(running)
        started = [self._run(container) for container in self._of(Role.MAIN)]
        await asyncio.gather(*(self._ready(running) for running in started))

    async def died(self) -> ContainerFailedError:
        """Wait until a container ends that should go on, and tell of it."""
        lasting = [running for running in self._running if running.plan.role is not Role.INIT]
        await asyncio.wait([running.ended for running in lasting], return_when=asyncio.FIRST_COMPLETED)
        dead = next(running for running in lasting if running.ended.done())
        return dead.failure(f"ended with {dead.exit_code}")

    async def end_in_turn(self) -> None:
        """End as on a cluster: clients have moved on before the executor leaves, then the nodes do."""
        await self._end(self.plan.grace, lambda running: running.end_in_turn())

    async def end(self) -> None:
        """End at once what is idle and finish what is in hand: the executor first, then what it needs."""
        executor = [running for running in self._running if is_executor(running.plan)]
        # The second signal ends the wait for clients to move on.
        await _all_in(SHORT_GRACE_SECONDS, [part.end(signal.SIGTERM, signal.SIGINT) for part in executor])
        await self._end(SHORT_GRACE_SECONDS, lambda running: running.end(signal.SIGTERM))

    def kill(self) -> None:
        """End everything of the pod at once; of its directory the logs stay."""
        for running in self._running:
            running.kill()
        shutil.rmtree(self._directory / "volumes", ignore_errors=True)

    async def _end(self, seconds: float, end: End) -> None:
        for role in (Role.MAIN, Role.SIDE_CAR):
            await _all_in(seconds, [end(running) for running in self._running if running.plan.role is role])
        self.kill()

    def _of(self, *roles: Role) -> list[ContainerPlan]:
        return [container for container in self._containers if container.role in roles]

    def _run(self, container: ContainerPlan) -> RunningContainer:
        log = self._directory / "logs" / f"{container.name}.log"
        running = RunningContainer(container, self._variables(container), log)
        self._running.append(running)
        return running

    async def _ready(self, running: RunningContainer) -> None:
        for probe in (running.plan.startup, running.plan.readiness):
            if probe is not None:
                await self._answers(running, probe)
        self._report(running)

    async def _answers(self, running: RunningContainer, probe: Probe) -> None:
        asking = asyncio.ensure_future(wait_for(probe))
        try:
            await asyncio.wait([asking, running.ended], return_when=asyncio.FIRST_COMPLETED)
            if running.ended.done():
                raise running.failure(f"ended with {running.exit_code} before it was ready")
            if asking.exception() is not None:
                raise running.failure(f"was not ready after {probe.seconds:.0f} s")
        finally:
            asking.cancel()

    def _make_directories(self) -> dict[str, Path]:
        names = {volume for container in self.plan.containers for volume in container.mounts.values()}
        volumes = {name: self._directory / "volumes" / name for name in names | {POD_INFORMATION}}
        volumes[SPOOL_VOLUME] = self._spool
        for path in (*volumes.values(), self._directory / "logs"):
            path.mkdir(parents=True, exist_ok=True)
        lines = [f'{key}="{value}"\n' for key, value in self.plan.annotations.items()]
        (volumes[POD_INFORMATION] / "annotations").write_text("".join(lines), encoding="utf-8")
        return volumes

    def _placed(self, container: ContainerPlan, ports: Mapping[int, int]) -> ContainerPlan:
        placed = relocated(container, ports, self._volumes)
        if not is_executor(placed):
            return placed
        program = [str(self._executor)] if self._executor else [sys.executable, "-m", ORCHESTRATOR]
        # A readiness probe of the executor fails until its nodes listen, which have their own time for it.
        waiting = placed.readiness and replace(placed.readiness, seconds=self._longest_start())
        return replace(placed, command=(*program, *placed.command[1:]), readiness=waiting)

    def _longest_start(self) -> float:
        starts = [container.startup.seconds for container in self.plan.containers if container.startup]
        return max(starts, default=60.0)

    def _variables(self, container: ContainerPlan) -> dict[str, str]:
        scratch = self._volumes.get(container.mounts.get(SCRATCH, ""), self._directory / "volumes")
        environment = Path(sys.prefix) if is_executor(container) else environment_of(container.image)
        given = dict(container.variables)
        if is_executor(container):
            given[ANNOTATIONS] = str(self._volumes[POD_INFORMATION] / "annotations")
        inherited = variables(environment, {}, scratch)
        # A container sees its own settings alone, not those of who started it.
        return {name: value for name, value in inherited.items() if not name.startswith("ONTIME_")} | given


async def _all_in(seconds: float, work: list[Coroutine[Any, Any, None]]) -> None:
    """Wait for all, but no longer than that: what then still runs is killed with its pod."""
    if work:
        _, late = await asyncio.wait([asyncio.ensure_future(part) for part in work], timeout=seconds)
        for task in late:
            task.cancel()
