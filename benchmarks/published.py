"""The deployment that is published on this machine, as a pod whose processes a benchmark can see."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.cores import SERVERS, started_on
from serving.artifact import ModelDirectory, read
from serving.local.container import RunningContainer
from serving.local.plan import ContainerPlan, PodPlan, pod_plan, read_manifest
from serving.local.pod import Pod
from serving.local.settings import LocalSettings

NODES = ("features", "outliers", "model")
MONITOR = "monitor"

NODE, FETCH, MONITORED = "ONTIME_NODE_", "ONTIME_FETCH_", "ONTIME_MONITOR_"


@dataclass(frozen=True)
class Published:
    """What is published, and the real executor where its binary is named."""

    plan: PodPlan
    executor: Path | None

    @classmethod
    def open(cls, settings: LocalSettings) -> "Published":
        """Read the manifest; raises UnrunnableManifestError where nothing is published."""
        return cls(pod_plan(read_manifest(settings.manifest)), settings.executor)

    @property
    def model(self) -> ModelDirectory:
        """The model directory that was published."""
        location = Path(self._variable("fetch", FETCH + "LOCATION"))
        return read(location, self.plan.model_hash)

    @property
    def online_store(self) -> str:
        """The URL of the online store."""
        return self._variable("features", NODE + "ONLINE_STORE")

    def keeping_events_in(self, database: str) -> "Published":
        """The same, with another store for its monitor: a benchmark's events are none of the model's."""
        containers = tuple(_with_database(part, database) for part in self.plan.containers)
        return replace(self, plan=replace(self.plan, containers=containers))

    def _variable(self, container: str, name: str) -> str:
        found = self.plan.container(container)
        assert found is not None
        return found.variables[name]


@dataclass(frozen=True)
class Served:
    """The containers of a running pod."""

    containers: Mapping[str, RunningContainer]

    def pids(self, *names: str) -> dict[str, int]:
        """The processes of some containers."""
        return {name: self.containers[name].pid for name in names}

    def port(self, container: str, name: str) -> int:
        """Where a container listens under a port's name."""
        return self.containers[container].plan.ports[name]


@asynccontextmanager
async def serving(published: Published, directory: Path) -> AsyncIterator[Served]:
    """The published pod, ready, on the servers' core; it ends with the block."""
    running: dict[str, RunningContainer] = {}
    pod = Pod(
        published.plan,
        directory,
        directory / "spool",
        published.executor,
        lambda part: running.update({part.plan.name: part}),
    )
    try:
        with started_on(SERVERS):
            await pod.start()
        yield Served(running)
    finally:
        pod.kill()


def _with_database(container: ContainerPlan, database: str) -> ContainerPlan:
    if container.name != MONITOR:
        return container
    return replace(container, variables={**container.variables, MONITORED + "DATABASE_URL": database})
