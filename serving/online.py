"""The online store, read as the model's own Feast registry describes it.

A registry changes with every `feast apply`; the model reads the one that it was trained with, which lies in
its directory. Only the place of the store comes from outside.
"""

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import unquote, urlsplit

from feast import FeatureService, FeatureStore, RepoConfig
from feast.protos.feast.core.Registry_pb2 import Registry

ENTITY_KEY_VERSION = 3


class OnlineStoreError(RuntimeError):
    """The online store is not there, or cannot be read."""


@dataclass(frozen=True)
class OnlineFeatures:
    """The stored features of one feature service; `keys` are the join keys that find them."""

    store: FeatureStore
    service: FeatureService
    keys: tuple[str, ...]
    # Feast has one connection to SQLite, whose prepared statements two threads must not use at once.
    _alone: Lock = field(default_factory=Lock)

    @classmethod
    def open(cls, registry: Path, service: str, url: str) -> "OnlineFeatures":
        """Open the store at `url` (`sqlite:///<path>`).

        Raises OnlineStoreError where there is none, ValueError for another kind of store or a registry
        without the service.
        """
        configuration = RepoConfig(
            project=_project(registry, service),
            provider="local",
            # A time to live of 0 stands for one without end: the registry of a model does not change.
            registry={"registry_type": "file", "path": str(registry), "cache_ttl_seconds": 0},
            online_store=_configuration(url),
            entity_key_serialization_version=ENTITY_KEY_VERSION,
        )
        # Feast reports each time that it looks into its registry.
        logging.getLogger("feast.infra.registry").setLevel(logging.WARNING)
        store = FeatureStore(config=configuration)
        # Feast takes milliseconds to find a service: it is held.
        found = store.get_feature_service(service)
        views = [store.get_feature_view(projection.name) for projection in found.feature_view_projections]
        keys = dict.fromkeys(column.name for view in views for column in view.entity_columns)
        return cls(store, found, tuple(keys))

    def read(self, keys: Mapping[str, Sequence[Any]]) -> Mapping[str, Sequence[Any]]:
        """The newest values by the keys, n of each, with the instants of their events.

        In the form that `serving.freshness` reads, which decides whether they count. Raises
        OnlineStoreError.
        """
        rows = {key: list(keys[key]) for key in self.keys}
        try:
            with self._alone:
                answer = self.store.get_online_features(
                    self.service, entity_rows=rows, full_feature_names=True
                )
        except (sqlite3.Error, OSError) as error:
            raise OnlineStoreError(f"the online store cannot be read: {error}") from error
        values: Mapping[str, Sequence[Any]] = answer.to_dict(include_event_timestamps=True)
        return values


def _project(registry: Path, service: str) -> str:
    document = Registry.FromString(registry.read_bytes())
    projects = {item.spec.name: str(item.spec.project) for item in document.feature_services}
    if service not in projects:
        raise ValueError(f"{registry} has no feature service {service!r}")
    return projects[service]


def _configuration(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme != "sqlite":
        raise ValueError(f"an online store at {parts.scheme}:// is not known; sqlite:///<path> is")
    path = Path(unquote(parts.path)[1:])
    # Feast would make an empty store, and every feature would be missing.
    if not path.is_file():
        raise OnlineStoreError(f"there is no online store at {path}")
    return {"type": "sqlite", "path": str(path)}
