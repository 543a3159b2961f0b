"""What the orchestrator is told beside its arguments, which are the executor's: where it runs."""

from pathlib import Path

from pydantic_settings import SettingsConfigDict

from serving.settings import StrictSettings

PREFIX = "ONTIME_ORCHESTRATOR_"
ANNOTATIONS = f"{PREFIX}ANNOTATIONS"


class OrchestratorSettings(StrictSettings):
    """Read from environment variables of the same names behind `ONTIME_ORCHESTRATOR_`.

    - `host`: the address to listen on, if not for this machine alone.
    - `annotations`: where the pod's annotations lie; the real executor knows one place only.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX)

    host: str = "127.0.0.1"
    annotations: Path = Path("/etc/podinfo/annotations")
