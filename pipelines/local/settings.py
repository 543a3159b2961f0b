"""Where the steps of a local run find the stores: under `.ontime/`, unless the environment says otherwise."""

from pathlib import Path

from pydantic import ValidationError

from components.settings import PREFIX, Settings
from serving.settings import explain

ROOT = Path(__file__).parents[2]
STATE = ROOT / ".ontime"
RUNS = STATE / "runs"


class SettingsError(ValueError):
    """An environment variable with our prefix cannot be right; the message is one line."""


class LocalSettings(Settings):
    """The settings of every step, with defaults that need nothing but this directory."""

    feature_store_uri: str = str(STATE / "feature_store")
    online_store_path: str = str(STATE / "online.db")
    publish_uri: str = str(STATE / "published")

    def variables(self) -> dict[str, str]:
        """The environment variables from which a step reads the same settings."""
        return {PREFIX + name.upper(): value for name, value in self.model_dump().items()}


def read_settings() -> LocalSettings:
    """The settings of this process's environment; raises SettingsError."""
    try:
        return LocalSettings()
    except ValidationError as error:
        raise SettingsError(explain(error, LocalSettings)) from error
