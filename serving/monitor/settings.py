"""The settings of the monitor, from environment variables behind `ONTIME_MONITOR_`."""

from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from serving.settings import StrictSettings

PREFIX = "ONTIME_MONITOR_"
STORES = ("postgresql", "sqlite")


class MonitorSettings(StrictSettings):
    """What the manifest gives, and what has a default that works.

    - `deployment`, `namespace`: the SeldonDeployment whose events are taken; any other's are refused.
    - `model_directory`, `model_hash`: the model that the pod serves, and what names its content.
    - `database_url`: the store, `sqlite:///…` or `postgresql://…`; a secret, since it may hold a password.
    - `spool_directory`: where events wait while the store is away, at most `spool_bytes` of them.
    - `host`, `port`: where the executor, the probes and Prometheus find the monitor.
    - `maximum_bytes`: the largest event that is read.
    - `drain_seconds`: for what is in hand when the monitor is told to end.
    - `log_level`: how much is logged; never a body.
    - `node`: the node of the graph whose requests and responses are logged.
    - `tick_seconds`: how often closed windows and new actuals are looked for.
    - `grace_seconds`: how long a window waits for the last of its rows (`windows.py`).
    - `unjudged_seconds`: how long a closed window of another model version waits for a replica of that
      version, which alone could judge it, before it counts as unjudged.
    - `lease_seconds`: after how long of silence another replica takes over an evaluation.
    - `store_timeout_seconds`: how long the store may be silent before it counts as away.
    - `window_rows`: of a window with more rows, as many are judged.
    - `evaluation_seconds`: after how long an evaluation counts as failed.
    - `performance_rows`: over how many of the latest labelled rows performance is measured.
    - `performance_seconds`: how often, if actuals have come.
    - `retention_days`: how long events and windows are kept.
    - `shadow`: whether the pod is asked what others are asked too, under the same ids. Its rows are kept
      apart then, or they would count as theirs.
    """

    # An error must not show the password beside the value at fault.
    model_config = SettingsConfigDict(env_prefix=PREFIX, hide_input_in_errors=True)

    deployment: str
    namespace: str
    model_directory: Path
    model_hash: str = Field(pattern="^[0-9a-f]{64}$")
    database_url: SecretStr
    spool_directory: Path
    spool_bytes: PositiveInt = 1024**3
    host: str = "0.0.0.0"  # noqa: S104 - probes and Prometheus come to the pod's address
    port: int = Field(default=8080, ge=0, le=65535)
    maximum_bytes: PositiveInt = 4 * 1024 * 1024
    drain_seconds: PositiveInt = 10
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    node: str = "model"
    tick_seconds: PositiveFloat = 2
    grace_seconds: PositiveFloat = 30
    unjudged_seconds: PositiveFloat = 3600
    lease_seconds: PositiveInt = 30
    store_timeout_seconds: PositiveInt = 3
    window_rows: PositiveInt = 200_000
    evaluation_seconds: PositiveInt = 300
    performance_rows: PositiveInt = 20_000
    performance_seconds: PositiveFloat = 30
    retention_days: PositiveFloat = 60
    shadow: bool = False

    @property
    def scope(self) -> str:
        """What this deployment's rows are kept under in a store that several may share."""
        deployment = f"{self.namespace}/{self.deployment}"
        return f"{deployment}/shadow" if self.shadow else deployment

    @field_validator("database_url")
    @classmethod
    def _is_a_known_store(cls, url: SecretStr) -> SecretStr:
        try:
            kind = make_url(url.get_secret_value()).get_backend_name()
        # Not the error itself, which may quote a password in the wrong place.
        except (ArgumentError, ValueError):
            raise ValueError("is no URL of a database") from None
        if kind not in STORES:
            raise ValueError(f"is the URL of a store of the kind {kind}, known are {' and '.join(STORES)}")
        return url
