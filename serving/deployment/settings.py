"""What a deployment may be asked to be: everything that its manifest does not take from the model."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, model_validator

# The executor's own: how long it waits for requests under way once it stops listening.
EXECUTOR_DRAIN_SECONDS = 15

Port = PositiveInt


class Settings(BaseModel):
    """A frozen group of settings that refuses keys it does not know and values of another type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class SecretKey(Settings):
    """A value that only the cluster knows: one key of a Secret in the deployment's namespace."""

    secret: str
    key: str


class Resources(Settings):
    """What a container is promised and what it may take at most, as Kubernetes quantities."""

    cpu: str
    memory: str
    cpu_limit: str
    memory_limit: str


class ContainerResources(Settings):
    """The resources of every container of the pod, by its name."""

    fetch: Resources = Resources(cpu="100m", memory="128Mi", cpu_limit="1", memory_limit="512Mi")
    monitor: Resources = Resources(cpu="100m", memory="512Mi", cpu_limit="1", memory_limit="2Gi")
    features: Resources = Resources(cpu="250m", memory="512Mi", cpu_limit="1", memory_limit="1Gi")
    outliers: Resources = Resources(cpu="250m", memory="512Mi", cpu_limit="1", memory_limit="1Gi")
    model: Resources = Resources(cpu="250m", memory="512Mi", cpu_limit="1", memory_limit="1Gi")
    executor: Resources = Resources(cpu="250m", memory="128Mi", cpu_limit="1", memory_limit="512Mi")


class Ports(Settings):
    """The ports of the pod.

    Clients reach `rest` and `grpc`. The nodes count up from `node_http`, `node_grpc` and `node_metrics`
    in the order of the graph, as the operator does. Everything else listens on `monitor`.
    """

    rest: Port = 8000
    grpc: Port = 5001
    monitor: Port = 8080
    node_http: Port = 9000
    node_grpc: Port = 9500
    node_metrics: Port = 6000


class Limits(Settings):
    """The largest request that is answered: rows in a batch, bytes in a message."""

    rows: PositiveInt = 1000
    bytes: PositiveInt = 4 * 1024 * 1024


class Timing(Settings):
    """How long things may take, in seconds.

    - `request`: a request, from the executor's view.
    - `start`: a container, from its start until it is ready.
    - `progress_deadline`: a roll-out without progress before it counts as failed.
    - `shutdown_delay`: the executor goes on accepting after it was told to end, until every client knows.
    - `drain`: a node or the monitor, for what it has in hand when told to end.
    - `termination_grace`: all of an ending pod, after which it is killed.
    """

    request: PositiveInt = 5
    start: PositiveInt = 120
    progress_deadline: int = Field(default=300, ge=60)
    shutdown_delay: NonNegativeInt = 8
    drain: PositiveInt = 10
    termination_grace: PositiveInt = 45

    @model_validator(mode="after")
    def _ends_before_it_is_killed(self) -> Self:
        # The executor and the nodes end side by side once the delay is over, the side-car after them.
        needed = self.shutdown_delay + max(EXECUTOR_DRAIN_SECONDS, self.request + self.drain) + self.drain
        if self.termination_grace < needed:
            raise ValueError(f"a pod needs {needed} s to end, termination_grace is {self.termination_grace}")
        # The nodes start when the side-car has started.
        if self.progress_deadline <= 2 * self.start:
            raise ValueError("progress_deadline must be longer than twice start")
        return self


class DeploymentSettings(Settings):
    """Everything that a SeldonDeployment's manifest does not take from the model.

    - `target`: whether the manifest is for this machine (`local`) or for a `cluster`.
    - `engine`: our `own` executor container, or the `operator`'s.
    - `strategy`: how a new version takes over.
    - `online_store`, `monitor_database`: URLs, or where the cluster keeps them.
    - `store_secret`: the Secret whose keys are the variables with which the model store is read.
    - `store_endpoint`: the address of a model store that speaks S3.
    """

    name: str
    namespace: str
    target: Literal["local", "cluster"]
    serving_image: str
    executor_image: str
    online_store: str | SecretKey
    monitor_database: str | SecretKey
    replicas: PositiveInt = 1
    engine: Literal["own", "operator"] = "own"
    strategy: Literal["rolling"] = "rolling"
    store_secret: str | None = None
    store_endpoint: str | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    ports: Ports = Ports()
    limits: Limits = Limits()
    timing: Timing = Timing()
    resources: ContainerResources = ContainerResources()
