"""The settings of every step: where the feature store and the published models are."""

from typing import ClassVar

from pydantic_settings import SettingsConfigDict

from serving.settings import StrictSettings

PREFIX = "ONTIME_"


class Settings(StrictSettings):
    """Read from environment variables of the same names behind `ONTIME_`.

    - `feature_store_uri`: the directory or bucket that holds the sets of feature tables.
    - `online_store_path`: the SQLite file of the embedded online store.
    - `publish_uri`: the directory that stands for a cluster where there is none.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX)
    others: ClassVar[tuple[str, ...]] = (
        "ONTIME_FETCH_",
        "ONTIME_IMAGE_",
        "ONTIME_LOCAL_",
        "ONTIME_MONITOR_",
        "ONTIME_NODE_",
        "ONTIME_SELDON_",
    )

    feature_store_uri: str
    online_store_path: str
    publish_uri: str
