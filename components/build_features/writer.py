"""Writing a set of feature tables: whole or not at all, and never twice with different contents."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from components.build_features.feature_set import MANIFEST, FeatureSet, Manifest, TableFile
from feature_repo.entities import ENTITIES
from feature_repo.services import feature_service
from feature_repo.store import open_store
from feature_repo.views import VIEWS, feast_view
from serving.staging import locked, staged


class FeatureSetExistsError(ValueError):
    """A set of the same instant exists with other contents; sets are never changed."""


def write_set(
    target: FeatureSet,
    tables: Mapping[str, pa.Table],
    entities: pd.DataFrame,
    references: Mapping[str, list[str]],
    as_of: datetime,
) -> Manifest:
    """Write the set `target`; where it exists with the same contents it is left as it is.

    Raises:
        FeatureSetExistsError: it exists, with other contents.
    """
    with locked(target.directory.parent):
        if (target.directory / MANIFEST).is_file():
            with TemporaryDirectory() as scratch:
                rebuilt = FeatureSet(Path(scratch))
                manifest = _write(rebuilt, tables, entities, references, as_of)
                _register(rebuilt.registry, target)
                _refuse_difference(target, rebuilt)
            return manifest
        with staged(target.directory) as directory:
            draft = FeatureSet(directory)
            manifest = _write(draft, tables, entities, references, as_of)
            _register(draft.registry, target)
        return manifest


def _write(
    draft: FeatureSet,
    tables: Mapping[str, pa.Table],
    entities: pd.DataFrame,
    references: Mapping[str, list[str]],
    as_of: datetime,
) -> Manifest:
    for name, table in tables.items():
        pq.write_table(table, draft.table(name))
    entities.to_parquet(draft.entities, index=False)
    draft.references.write_text(json.dumps(references), encoding="utf-8")
    rows = {draft.table(name): table.num_rows for name, table in tables.items()}
    rows[draft.entities] = len(entities)
    files = {path.name: TableFile(rows=count, sha256=_hash(path)) for path, count in rows.items()}
    manifest = Manifest(as_of=as_of, tables=files)
    (draft.directory / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return manifest


def _register(registry: Path, target: FeatureSet) -> None:
    """Apply the Feast definitions over the tables where they will lie."""
    views = [feast_view(view, str(target.table(view.name))) for view in VIEWS.values()]
    with TemporaryDirectory() as scratch:
        store = open_store(registry, Path(scratch) / "online.db")
        store.apply([*ENTITIES.values(), *views, feature_service(views)])


def _definitions(registry: Path) -> list[Any]:
    """What a registry says of the views and services, without when it was written."""
    with TemporaryDirectory() as scratch:
        store = open_store(registry, Path(scratch) / "online.db")
        views = sorted(store.list_feature_views(), key=lambda view: view.name)
        return [*views, *store.list_feature_services()]


def _refuse_difference(target: FeatureSet, rebuilt: FeatureSet) -> None:
    """Refuse a rebuilt set whose tables, codes or definitions are not those that `target` has."""
    existing, tables = target.manifest().tables, rebuilt.manifest().tables
    different = sorted(name for name in existing | tables if existing.get(name) != tables.get(name))
    if target.references.read_bytes() != rebuilt.references.read_bytes():
        different.append(target.references.name)
    if _definitions(target.registry) != _definitions(rebuilt.registry):
        different.append(target.registry.name)
    if different:
        raise FeatureSetExistsError(
            f"{target.directory} was written with other contents ({', '.join(different)}); sets are never "
            "changed: choose another instant, or remove the set and every model trained on it"
        )


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
