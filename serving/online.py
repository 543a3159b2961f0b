"""The online store, read as the model's own Feast registry describes it.

A registry changes with every `feast apply`; the model reads the one that it was trained with, which lies in
its directory. Only the place of the store comes from outside.
"""

import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from feast import FeatureService, FeatureStore, RepoConfig
from feast.protos.feast.core.Registry_pb2 import Registry
from redis import RedisError

from serving.online_location import OnlineLocation, OnlineStoreError, SqliteFile, online_location
from serving.online_redis import connect, filled_key

ENTITY_KEY_VERSION = 3


@dataclass(frozen=True)
class OnlineFeatures:
    """The stored features of one feature service; `keys` are the join keys that find them."""

    store: FeatureStore
    service: FeatureService
    keys: tuple[str, ...]
    location: OnlineLocation
    # Feast has one connection to SQLite, whose prepared statements two threads must not use at once.
    _alone: AbstractContextManager[Any]

    @classmethod
    def open(cls, registry: Path, service: str, url: str) -> "OnlineFeatures":
        """Open the store at `url`, as `serving.online_location` takes it.

        Raises OnlineStoreError where there is none, ValueError for another kind of store or a registry
        without the service.
        """
        location = online_location(url)
        configuration = RepoConfig(
            project=_project(registry, service),
            provider="local",
            # A time to live of 0 stands for one without end: the registry of a model does not change.
            registry={"registry_type": "file", "path": str(registry), "cache_ttl_seconds": 0},
            online_store=feast_configuration(location),
            entity_key_serialization_version=ENTITY_KEY_VERSION,
        )
        # Feast reports each time that it looks into its registry.
        logging.getLogger("feast.infra.registry").setLevel(logging.WARNING)
        store = FeatureStore(config=configuration)
        # Feast takes milliseconds to find a service: it is held.
        found = store.get_feature_service(service)
        views = [store.get_feature_view(projection.name) for projection in found.feature_view_projections]
        keys = dict.fromkeys(column.name for view in views for column in view.entity_columns)
        alone = Lock() if isinstance(location, SqliteFile) else nullcontext()
        opened = cls(store, found, tuple(keys), location, alone)
        opened.check()
        return opened

    def check(self) -> None:
        """Raise OnlineStoreError unless the store is there and was filled.

        Feast would make an empty file, and a server that lost its data answers too: every feature would be
        missing.
        """
        if isinstance(self.location, SqliteFile):
            if not self.location.path.is_file():
                raise OnlineStoreError(f"there is no online store at {self.location.path}")
            return
        with self._readable(), connect(self.location) as client:
            filled = client.exists(filled_key(self.store.project))
        if not filled:
            raise OnlineStoreError(f"nothing was materialized to the online store at {self.location}")

    def read(self, keys: Mapping[str, Sequence[Any]]) -> Mapping[str, Sequence[Any]]:
        """The newest values by the keys, n of each, with the instants of their events.

        In the form that `serving.freshness` reads, which decides whether they count. Raises
        OnlineStoreError.
        """
        rows = {key: list(keys[key]) for key in self.keys}
        with self._readable(), self._alone:
            answer = self.store.get_online_features(self.service, entity_rows=rows, full_feature_names=True)
        values: Mapping[str, Sequence[Any]] = answer.to_dict(include_event_timestamps=True)
        return values

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, RedisError, OSError) as error:
            raise OnlineStoreError(f"the online store cannot be read: {error}") from error


def _project(registry: Path, service: str) -> str:
    document = Registry.FromString(registry.read_bytes())
    projects = {item.spec.name: str(item.spec.project) for item in document.feature_services}
    if service not in projects:
        raise ValueError(f"{registry} has no feature service {service!r}")
    return projects[service]


def feast_configuration(location: OnlineLocation) -> dict[str, str]:
    """What Feast is told of a store; where there is a password, it holds it."""
    if isinstance(location, SqliteFile):
        return {"type": location.kind, "path": location.place}
    return {"type": location.kind, "connection_string": location.place}
