"""What a cluster adds to a step: room, settings, shared memory, tolerations, a time-out, a caching policy.

The runner on this machine reads none of it. No step is retried: with upstream's manifests a step that exits
with an error is not run again whatever it asks for, and where that is undone, and on this machine, one that
fails for good would fail several times. A run is submitted again instead; what may come from the cache does.
"""

from dataclasses import dataclass

from kfp import kubernetes
from kfp.dsl import PipelineTask
from kfp.dsl.pipeline_channel import PipelineParameterChannel

from serving.deployment.pod import AZURE_IDENTITY

CONFIG_MAP, SECRET, STORE_SECRET = "ontime-settings", "ontime-secrets", "ontime-object-store"

# The keys are the environment variables themselves. Each is optional where it is read: a step that lacks one
# that it needs says so and fails, where a pod that lacks one would wait for ever.
SETTINGS = {
    CONFIG_MAP: (
        "ONTIME_FEATURE_STORE_URI",
        "ONTIME_OBJECT_STORE_ENDPOINT",
        "ONTIME_PUBLISH_DEPLOYMENT",
        "ONTIME_PUBLISH_TIMEOUT",
        "ONTIME_PUBLISH_PATIENCE",
        "AWS_REGION",
        "AZURE_STORAGE_ACCOUNT_NAME",
    ),
    SECRET: ("ONTIME_ONLINE_STORE",),
    STORE_SECRET: (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "GOOGLE_SERVICE_ACCOUNT_KEY",
        "AZURE_STORAGE_ACCOUNT_KEY",
    ),
}

ACCELERATOR = "nvidia.com/gpu"
SHARED_MEMORY = "1Gi"
MINUTE = 60


@dataclass(frozen=True)
class Placement:
    """What one step is given.

    - `cpu`, `memory`: Kubernetes quantities: CPU to count on, memory at most (which is also reserved, so that
      no step is evicted for what another takes). CPU has no limit: it would only slow a step down on an idle
      node.
    - `minutes`: when its pod is ended, the pull of its image included.
    - `cached`: whether its outputs may be reused. The key of the cache is image, command, parameters and
      artifacts, so a step that reads anything else (clock, stores, what is serving) must not be.
    - `settings`: whether it reads the settings and credentials of the stores.
    - `accelerated`: whether it can use a GPU: it has shared memory, and may stand on nodes tainted so.
    """

    cpu: str = "1"
    memory: str = "2Gi"
    minutes: int = 60
    cached: bool = False
    settings: bool = False
    accelerated: bool = False

    def __post_init__(self) -> None:
        """Refuse to cache what reads a store, which the key of the cache does not know."""
        if self.cached and self.settings:
            raise ValueError("a step that reads the settings of the stores cannot be cached")


# Memory is at least twice the peak of a local run over the whole year of the example, given beside each.
PLACEMENTS = {
    "ingest": Placement(memory="1Gi"),  # 468 MB
    "validate-data": Placement(memory="1Gi", cached=True),  # 433 MB
    "build-features": Placement(memory="2Gi", settings=True),  # 671 MB
    "materialize": Placement(memory="1Gi", settings=True),  # 345 MB
    "retrieve-features": Placement(cpu="2", memory="3Gi", settings=True),  # 1,093 MB
    # 1,132 MB, and what is put into shared memory counts.
    "train": Placement(cpu="2", memory="4Gi", minutes=360, cached=True, accelerated=True),
    "fit-detectors": Placement(memory="2Gi", cached=True),  # 731 MB
    "validate": Placement(cpu="2", memory="2Gi", settings=True),  # 757 MB
    "publish": Placement(memory="1Gi", settings=True),  # 42 MB, and a cluster's client
}


def place(task: PipelineTask, *, accelerators: PipelineParameterChannel | None = None) -> PipelineTask:
    """Give a step what stands in `PLACEMENTS`; returns the same task.

    `accelerators` is the pipeline's parameter with the number of GPUs. It must be a string: the back end
    resolves a number here to nothing at all.
    """
    placement = PLACEMENTS[task.name]
    task.set_cpu_request(placement.cpu)
    task.set_memory_request(placement.memory)
    task.set_memory_limit(placement.memory)
    kubernetes.set_timeout(task, placement.minutes * MINUTE)
    if placement.settings:
        _give_settings(task)
    if placement.accelerated:
        _prepare_for_accelerators(task, accelerators)
    return task.set_caching_options(placement.cached)


def _give_settings(task: PipelineTask) -> None:
    for name, keys in SETTINGS.items():
        give = kubernetes.use_config_map_as_env if name == CONFIG_MAP else kubernetes.use_secret_as_env
        give(task, name, {key: key for key in keys}, optional=True)
    kubernetes.add_pod_label(task, AZURE_IDENTITY, "true")


def _prepare_for_accelerators(task: PipelineTask, accelerators: PipelineParameterChannel | None) -> None:
    kubernetes.empty_dir_mount(task, "shared-memory", "/dev/shm", medium="Memory", size_limit=SHARED_MEMORY)  # noqa: S108 - the mount point
    # Kept for steps that may use a GPU, so that they can stand on nodes that are tainted for having one.
    kubernetes.add_toleration(task, key=ACCELERATOR, operator="Exists", effect="NoSchedule")
    if accelerators is not None:
        task.set_accelerator_type(ACCELERATOR).set_accelerator_limit(accelerators)
