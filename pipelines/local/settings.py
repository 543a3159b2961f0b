"""Where the steps of a local run find the stores: under `.ontime/`, unless the environment says otherwise."""

import json

from components.settings import PREFIX, OnlineStoreUrl, Settings
from serving.local.places import STATE
from serving.object_location import Directory
from serving.online_location import sqlite_url

RUNS = STATE / "runs"


class LocalSettings(Settings):
    """The settings of every step, with defaults that need nothing but this directory."""

    feature_store_uri: Directory = str(STATE / "feature_store")
    online_store: OnlineStoreUrl = sqlite_url(STATE / "online.db")
    publish_uri: str | None = str(STATE / "published")

    def variables(self) -> dict[str, str]:
        """The environment variables from which a step reads the same settings."""
        given = self.model_dump(mode="json", exclude_none=True)
        return {
            PREFIX + name.upper(): value if isinstance(value, str) else json.dumps(value)
            for name, value in given.items()
        }
