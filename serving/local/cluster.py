"""Keeps what is published running: starts its pod, replaces it when another is published, ends it all."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from serving.local.alone import AlreadyServedError, alone
from serving.local.container import ContainerFailedError, RunningContainer
from serving.local.environments import EnvironmentMissingError, environment_of
from serving.local.front import Front
from serving.local.operator import completed
from serving.local.plan import PodPlan, UnrunnableManifestError, is_executor, pod_plan, read_manifest
from serving.local.pod import Pod
from serving.local.process import end_of
from serving.local.settings import PREFIX, LocalSettings
from serving.local.signals import told_to_end

WATCH_SECONDS = 0.5

Say = Callable[[str], None]


class Cluster:
    """One deployment of this machine, from its start until a signal or the death of a part."""

    def __init__(self, settings: LocalSettings, say: Say) -> None:
        self._settings = settings
        self._say = say
        self._directory = settings.directory.absolute() / settings.deployment
        self._fronts: dict[str, Front] = {}
        self._serving: Pod | None = None
        self._pods: set[Pod] = set()
        self._endings: set[asyncio.Task[None]] = set()
        self._seen = ""

    async def run(self, parent: int | None = None) -> None:
        """Serve until a signal comes, or until the process `parent` ends.

        Raises:
            UnrunnableManifestError, EnvironmentMissingError: Nothing was started.
            AlreadyServedError: Nothing was started.
            ContainerFailedError: A container died; everything has been ended.
        """
        told: list[asyncio.Future[None]] = [told_to_end()]
        if parent is not None:
            told.append(asyncio.ensure_future(end_of(parent)))
        self._seen = read_manifest(self._settings.manifest)
        plan = _runnable(self._seen)
        with alone(self._directory):
            self._fronts = self._hold_ports()
            serving = asyncio.ensure_future(self._serve(plan))
            try:
                await asyncio.wait([serving, *told], return_when=asyncio.FIRST_COMPLETED)
                if serving.done():
                    serving.result()
            finally:
                serving.cancel()
                await self._end_all()

    async def _serve(self, plan: PodPlan) -> None:
        await self._take_over(plan)
        self._say_where()
        while True:
            await self._while_alive(self._changed())
            await self._while_alive(self._roll_over())

    async def _while_alive(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something while the pod that serves lives; raises ContainerFailedError when it dies."""
        if self._serving is None:
            raise RuntimeError("no pod serves")
        doing, dying = asyncio.ensure_future(work), asyncio.ensure_future(self._serving.died())
        try:
            await asyncio.wait([doing, dying], return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise dying.result()
            doing.result()
        finally:
            doing.cancel()
            dying.cancel()

    async def _roll_over(self) -> None:
        """Have what is published now take over; where it cannot, what served before goes on."""
        try:
            await self._take_over(_runnable(self._seen))
        except (UnrunnableManifestError, EnvironmentMissingError, ContainerFailedError) as error:
            self._say(f"What is published now does not run, the one before goes on: {error}")

    async def _take_over(self, plan: PodPlan) -> None:
        settings = self._settings
        pod = Pod(plan, self._new_directory(), settings.spool, settings.executor, self._report)
        self._pods.add(pod)
        try:
            await pod.start()
        except BaseException:
            pod.kill()
            self._pods.discard(pod)
            raise
        for name, front in self._fronts.items():
            port = pod.port("monitor", side_car=True) if name == "monitor" else pod.port(name)
            if port is not None:
                await front.switch(port)
        before, self._serving = self._serving, pod
        self._say(f"model {plan.model_hash[:12]} serves")
        if before is not None:
            self._end_later(before)

    def _end_later(self, pod: Pod) -> None:
        async def end() -> None:
            await pod.end_in_turn()
            self._pods.discard(pod)
            self._say(f"model {pod.plan.model_hash[:12]} has ended")

        task = asyncio.ensure_future(end())
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)

    async def _changed(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            path = self._settings.manifest
            # A deployment whose manifest was taken away goes on with the one that it has.
            text = path.read_text(encoding="utf-8") if path.exists() else self._seen
            if text != self._seen:
                self._seen = text
                self._say("another manifest is published")
                return

    async def _end_all(self) -> None:
        """End every pod; a second signal kills what has not ended by then."""
        for front in self._fronts.values():
            await front.close()
        for task in self._endings:
            task.cancel()
        pods = list(self._pods)
        if pods:
            again = told_to_end()
            ending = asyncio.ensure_future(_end(pods))
            await asyncio.wait([ending, again], return_when=asyncio.FIRST_COMPLETED)
            ending.cancel()
        for pod in pods:
            pod.kill()
        for front in self._fronts.values():
            await front.end()
        self._say("everything has ended")

    def _hold_ports(self) -> dict[str, Front]:
        wanted = {
            "http": self._settings.rest_port,
            "grpc": self._settings.grpc_port,
            "monitor": self._settings.monitor_port,
        }
        fronts = {}
        for name, port in wanted.items():
            setting = "rest" if name == "http" else name
            try:
                fronts[name] = Front(self._settings.host, port)
            except OSError as error:
                raise AlreadyServedError(
                    f"port {port} of {self._settings.host} cannot be had ({error.strerror}); "
                    f"choose another with --{setting}-port or {PREFIX}{setting.upper()}_PORT"
                ) from error
        return fronts

    def _new_directory(self) -> Path:
        return self._directory / datetime.now(tz=UTC).strftime("%Y%m%dT%H%M%S.%fZ")

    def _report(self, running: RunningContainer) -> None:
        name, ports = running.plan.name, running.plan.ports
        state = "done" if running.exit_code is not None else "ready"
        listens = ", ".join(f"{kind} {port}" for kind, port in ports.items())
        about = f"{name:<24} {state:<5} {running.age:5.1f} s  pid {running.pid:<7} {listens or '-'}"
        self._say(f"{about}  {running.log}")

    def _say_where(self) -> None:
        host = self._settings.host
        self._say(f"REST     http://{host}:{self._fronts['http'].port}/api/v1.0/predictions")
        self._say(f"gRPC     {host}:{self._fronts['grpc'].port}")
        self._say(f"monitor  http://{host}:{self._fronts['monitor'].port}/status")
        self._say("ready")


def _runnable(text: str) -> PodPlan:
    """The pod of a manifest, once every image has an environment here."""
    plan = completed(pod_plan(text))
    for container in plan.containers:
        if not is_executor(container):
            environment_of(container.image)
    return plan


async def _end(pods: list[Pod]) -> None:
    await asyncio.gather(*(pod.end() for pod in pods))
