"""How a local cluster is run: which deployment, where it was published, and on which ports it answers."""

import shutil
import socket
from itertools import combinations
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_settings import SettingsConfigDict

from serving.deployment.manifest import FILE_NAME
from serving.deployment.pod import SPOOL_VOLUME
from serving.local.places import STATE
from serving.settings import StrictSettings

PREFIX = "ONTIME_LOCAL_"
PORTS = ("rest_port", "grpc_port", "monitor_port")


def _of_this_machine(host: str) -> str:
    with socket.socket() as probe:
        try:
            probe.bind((host, 0))
        except OSError as error:
            raise ValueError(f"{host!r} is no IPv4 address of this machine ({error.strerror})") from error
    return host


Host = Annotated[str, AfterValidator(_of_this_machine)]
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

    model_config = SettingsConfigDict(env_prefix=PREFIX, populate_by_name=True)

    deployment: str = "ontime"
    host: Host = "127.0.0.1"
    rest_port: Port = 8000
    grpc_port: Port = 5001
    monitor_port: Port = 8080
    directory: Path = STATE / "serving"
    publish_uri: Path = Field(default=STATE / "published", validation_alias="ONTIME_PUBLISH_URI")
    executor: Path | None = Field(default=None, validation_alias="ONTIME_SELDON_EXECUTOR")

    @model_validator(mode="after")
    def _has_a_port_for_each(self) -> Self:
        for one, other in combinations(PORTS, 2):
            if getattr(self, one) == getattr(self, other):
                raise ValueError(
                    f"{PREFIX}{one.upper()} and {PREFIX}{other.upper()} are both {getattr(self, one)}"
                )
        return self

    @model_validator(mode="after")
    def _executor_is_a_program(self) -> Self:
        if self.executor is not None and shutil.which(self.executor) is None:
            raise ValueError(f"ONTIME_SELDON_EXECUTOR: {self.executor} is no program that can be run")
        return self

    @property
    def manifest(self) -> Path:
        """Where the published manifest lies."""
        return self.publish_uri.absolute() / self.deployment / FILE_NAME

    @property
    def spool(self) -> Path:
        """Where events wait for the monitor's database, which lies beside the manifest, too."""
        return self.manifest.with_name(SPOOL_VOLUME)
