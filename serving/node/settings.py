"""What a node is told by its environment."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator
from pydantic_settings import SettingsConfigDict

from serving.settings import StrictSettings


class NodeSettings(StrictSettings):
    """Read from environment variables of the same names behind `ONTIME_NODE_`.

    The node classes read what they need of it too, since the stock wrapper knows nothing of it.

    - `model_directory`, `model_hash`: the model, and what names its content.
    - `host`, `http_port`, `grpc_port`, `metrics_port`: where the node listens.
    - `maximum_rows`, `maximum_bytes`: the largest request that is answered.
    - `drain_seconds`: how long an ending node waits for the requests that it has.
    - `online_store`: the URL of the store that the node `features` reads.
    - `monitor_url`, `deployment`, `namespace`: to whom the node `model` passes feedback that came over
      gRPC, and on whose behalf.
    """

    model_config = SettingsConfigDict(env_prefix="ONTIME_NODE_", hide_input_in_errors=True)

    model_directory: Path
    model_hash: str = Field(pattern="^[0-9a-f]{64}$")
    host: str = "0.0.0.0"  # noqa: S104 - a container's own network
    http_port: PositiveInt = 9000
    grpc_port: PositiveInt = 9500
    metrics_port: PositiveInt = 6000
    maximum_rows: PositiveInt = 1000
    maximum_bytes: PositiveInt = 4 * 1024 * 1024
    drain_seconds: NonNegativeInt = 10
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    online_store: str | None = None
    monitor_url: str | None = None
    deployment: str | None = None
    namespace: str | None = None

    @model_validator(mode="after")
    def _speaks_for_a_deployment(self) -> Self:
        if self.monitor_url is not None and None in {self.deployment, self.namespace}:
            raise ValueError("with a monitor_url, deployment and namespace are needed")
        return self
