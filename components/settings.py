"""The settings of every step: where the feature store and the published models are."""

import os
from typing import Self

from pydantic import model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "ONTIME_"
# Read by other programs, under the same prefix.
OTHERS = ("ONTIME_FETCH_", "ONTIME_IMAGE_", "ONTIME_NODE_", "ONTIME_MONITOR_", "ONTIME_SELDON_")


class Settings(BaseSettings):
    """Read from environment variables of the same names behind `ONTIME_`; an unknown one is refused.

    - `feature_store_uri`: the directory or bucket that holds the sets of feature tables.
    - `online_store_path`: the SQLite file of the embedded online store.
    - `publish_uri`: the directory that stands for a cluster where there is none.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    feature_store_uri: str
    online_store_path: str
    publish_uri: str

    @model_validator(mode="after")
    def _no_unknown_variable(self) -> Self:
        known = {PREFIX + name.upper() for name in type(self).model_fields}
        ours = {name for name in os.environ if name.startswith(PREFIX) and not name.startswith(OTHERS)}
        if ours - known:
            raise ValueError(
                f"unknown settings: {', '.join(sorted(ours - known))}; known are {', '.join(sorted(known))}"
            )
        return self
