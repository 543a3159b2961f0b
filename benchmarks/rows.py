"""Rows that a client could ask: their keys are in the online store, whose newest values are fresh."""

import random
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from feast.infra.key_encoding_utils import deserialize_entity_key
from feast.protos.feast.core.Registry_pb2 import Registry
from feast.type_map import feast_value_type_to_python_type

from feature_repo.schema import RequestField
from serving.artifact import ModelDirectory
from serving.requests import RequestReader
from serving.signature import Signature

SQLITE = "sqlite:///"
KEYS_A_VIEW = 2000
BATCHES = 32
"""How many different requests of a size there are."""

type Row = Mapping[str, Any]


class UnreadableStoreError(RuntimeError):
    """An online store whose keys cannot be listed."""


@dataclass(frozen=True)
class Keys:
    """The stored keys of each view, and the newest instant of all."""

    views: Sequence[Sequence[Row]]
    newest: datetime

    @classmethod
    def read(cls, model: ModelDirectory, url: str) -> "Keys":
        """List them; Feast has no public way to ask which keys a store has. Raises UnreadableStoreError."""
        if not url.startswith(SQLITE):
            raise UnreadableStoreError(
                "the benchmark lists the keys of the embedded online store (SQLite) only"
            )
        path = Path(url.removeprefix(SQLITE))
        if not path.exists():
            raise UnreadableStoreError(f"there is no online store at {path}")
        with closing(sqlite3.connect(path)) as store:
            tables = list(_tables(model.registry))
            views = [_keys(store, table) for table in tables]
            newest = max(_newest(store, table) for table in tables)
        # Those with the most keys first: what they fix together, a view of one of them cannot change.
        return cls(sorted(views, key=lambda keys: (-len(keys[0]), len(keys))), newest)


def batches(signature: Signature, keys: Keys, size: int) -> list[list[Row]]:
    """As many different requests of `size` rows as are sent in turn."""
    chance = random.Random(size)  # noqa: S311 - the same requests each time
    example = RequestReader(signature, size).example()
    instant = (keys.newest + timedelta(minutes=signature.lead_minutes)).isoformat()
    usual = {field.name: _usual(field, example[field.name], instant) for field in signature.request_fields}
    return [[_row(usual, keys, chance) for _ in range(size)] for _ in range(BATCHES)]


def _row(usual: Row, keys: Keys, chance: random.Random) -> Row:
    found: dict[str, Any] = {}
    for view in keys.views:
        found = {**chance.choice(view), **found}
    return {name: found.get(name, value) for name, value in usual.items()}


def _usual(field: RequestField, example: Any, instant: str) -> Any:
    if field.type == "instant":
        return instant
    if field.minimum is None or field.maximum is None:
        return example
    return round((field.minimum + field.maximum) / 2)


def _tables(registry: Path) -> Iterator[str]:
    for view in Registry.FromString(registry.read_bytes()).feature_views:
        yield f"{view.spec.project}_{view.spec.name}"


def _keys(store: sqlite3.Connection, table: str) -> list[Row]:
    query = f'SELECT DISTINCT entity_key FROM "{table}" LIMIT {KEYS_A_VIEW}'  # noqa: S608 - of the registry
    return [_key(encoded) for (encoded,) in store.execute(query)]


def _key(encoded: bytes) -> Row:
    key = deserialize_entity_key(encoded)
    values = [feast_value_type_to_python_type(value) for value in key.entity_values]
    return dict(zip(key.join_keys, values, strict=True))


def _newest(store: sqlite3.Connection, table: str) -> datetime:
    (instant,) = store.execute(f'SELECT max(event_ts) FROM "{table}"').fetchone()  # noqa: S608
    return datetime.fromtimestamp(instant, UTC) if isinstance(instant, int) else _parsed(instant)


def _parsed(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
