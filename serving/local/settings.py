"""How a local cluster is run: which deployment, where it was published, and on which ports it answers."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from serving.deployment.manifest import FILE_NAME
from serving.deployment.pod import SPOOL_VOLUME
from serving.local.places import STATE
from serving.settings import StrictSettings

Port = Annotated[int, Field(ge=1, le=65535)]


class LocalSettings(StrictSettings):
    """Read from environment variables of the same names behind `ONTIME_LOCAL_`.

    - `deployment`: the name under which a model was published.
    - `host`, `rest_port`, `grpc_port`, `monitor_port`: where clients reach the deployment and its monitor.
      All other ports are free ones, chosen anew for each pod.
    - `directory`: for the logs of a run and, while it lasts, for the volumes of its pods, but for the spool.
    - `publish_uri`: the directory to which models are published; from `ONTIME_PUBLISH_URI`.
    - `executor`: the real executor's binary, to run in the orchestrator's place; from
      `ONTIME_SELDON_EXECUTOR`.
    """

    model_config = SettingsConfigDict(env_prefix="ONTIME_LOCAL_", populate_by_name=True)

    deployment: str = "ontime"
    host: str = "127.0.0.1"
    rest_port: Port = 8000
    grpc_port: Port = 5001
    monitor_port: Port = 8080
    directory: Path = STATE / "serving"
    publish_uri: Path = Field(default=STATE / "published", validation_alias="ONTIME_PUBLISH_URI")
    executor: Path | None = Field(default=None, validation_alias="ONTIME_SELDON_EXECUTOR")

    @property
    def manifest(self) -> Path:
        """Where the published manifest lies."""
        return self.publish_uri.absolute() / self.deployment / FILE_NAME

    @property
    def spool(self) -> Path:
        """Where events wait for the monitor's database, which lies beside the manifest, too."""
        return self.manifest.with_name(SPOOL_VOLUME)
