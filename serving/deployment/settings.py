"""What a deployment may be asked to be: everything that its manifest does not take from the model."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, model_validator

# The executor's own: how long it waits for requests under way once it stops listening.
EXECUTOR_DRAIN_SECONDS = 15

Port = PositiveInt
# As Kubernetes writes them: 250m of a processor, 512Mi of memory.
Quantity = Annotated[str, Field(pattern=r"^\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$")]


class Settings(BaseModel):
    """A frozen group of settings that refuses keys it does not know and values of another type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class SecretKey(Settings):
    """A value that only the cluster knows: one key of a Secret in the deployment's namespace."""

    secret: str
    key: str


class Resources(Settings):
    """What a container is promised and what it may take at most, as Kubernetes quantities."""

    cpu: Quantity
    memory: Quantity
    cpu_limit: Quantity
    memory_limit: Quantity


class ContainerResources(Settings):
    """The resources of every container of the pod, by its name."""

    fetch: Resources = Resources(cpu="100m", memory="128Mi", cpu_limit="1", memory_limit="512Mi")
    monitor: Resources = Resources(cpu="100m", memory="512Mi", cpu_limit="1", memory_limit="2Gi")
    features: Resources = Resources(cpu="250m", memory="512Mi", cpu_limit="1", memory_limit="1Gi")
    outliers: Resources = Resources(cpu="250m", memory="512Mi", cpu_limit="1", memory_limit="1Gi")
    model: Resources = Resources(cpu="250m", memory="512Mi", cpu_limit="1", memory_limit="1Gi")
    executor: Resources = Resources(cpu="250m", memory="128Mi", cpu_limit="1", memory_limit="512Mi")


class VolumeSizes(Settings):
    """What the pod's volumes may hold at most; a pod that writes more is evicted.

    - `model`: the model directory, and while it is fetched the half of it that is there.
    - `spool`: events of the monitor while its database is away. The monitor stops at 1 GiB by itself.
    - `scratch`: the /tmp of all containers.
    """

    model: Quantity = "1Gi"
    spool: Quantity = "2Gi"
    scratch: Quantity = "512Mi"


class Autoscaling(Settings):
    """Between `min` and `max` pods, so many that each uses `cpu_percent` of the processor it requests."""

    min: PositiveInt
    max: PositiveInt
    cpu_percent: PositiveInt = 70

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.max < self.min:
            raise ValueError(f"max is {self.max}, less than min, which is {self.min}")
        return self


class Spread(Settings):
    """Whether a predictor's pods keep apart from each other where they can: on `nodes`, in `zones`."""

    nodes: bool = True
    zones: bool = True


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
    - `strategy`: how a new version takes over: one pod after another (`rolling`), or in a second predictor
      beside the one that answers: a `canary` answers its share, a `shadow` is asked and not heard.
    - `traffic`: the percentage of the requests that a canary answers.
    - `mesh`: what divides the traffic between predictors. `istio` and `ambassador` must be enabled in the
      operator; with `none` there is one predictor.
    - `online_store`, `monitor_database`: URLs, or where the cluster keeps them.
    - `store_secret`: the Secret whose keys are the variables with which the model store is read.
    - `store_endpoint`: the address of a model store that speaks S3.
    - `service_account`: whose identity the pods have towards a cloud's model store.
    - `replicas`: how many pods, where `autoscaling` does not say it.
    """

    name: str
    namespace: str
    target: Literal["local", "cluster"]
    serving_image: str
    executor_image: str
    online_store: str | SecretKey
    monitor_database: str | SecretKey
    replicas: PositiveInt = 1
    autoscaling: Autoscaling | None = None
    engine: Literal["own", "operator"] = "own"
    strategy: Literal["rolling", "canary", "shadow"] = "rolling"
    traffic: int = Field(default=10, ge=1, le=99)
    mesh: Literal["none", "istio", "ambassador"] = "none"
    store_secret: str | None = None
    store_endpoint: str | None = None
    service_account: str | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    ports: Ports = Ports()
    limits: Limits = Limits()
    timing: Timing = Timing()
    resources: ContainerResources = ContainerResources()
    volumes: VolumeSizes = VolumeSizes()
    spread: Spread = Spread()

    @model_validator(mode="after")
    def _divides_traffic_where_it_can_be_divided(self) -> Self:
        if self.strategy == "rolling":
            return self
        if self.target == "local":
            raise ValueError(f"strategy {self.strategy} needs a cluster: this machine serves one predictor")
        if self.mesh == "none":
            raise ValueError(
                f"strategy {self.strategy} needs a mesh (istio or ambassador): without one the second "
                "predictor gets no request"
            )
        return self
