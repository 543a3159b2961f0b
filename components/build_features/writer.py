"""The files of a set of feature tables, in an empty directory."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from components.build_features.feature_set import MANIFEST, FeatureSet, Manifest, TableFile, sha256
from feature_repo.entities import ENTITIES
from feature_repo.services import feature_service
from feature_repo.store import open_store
from feature_repo.views import VIEWS, feast_view
from serving.online_location import SqliteFile


def write_files(  # noqa: PLR0913, PLR0917 - one argument a part of the set
    draft: FeatureSet,
    location: str,
    tables: Mapping[str, pa.Table],
    entities: pd.DataFrame,
    references: Mapping[str, list[str]],
    as_of: datetime,
) -> Manifest:
    """Write all files of a set into the directory of `draft`, for a store that will keep it at `location`."""
    for name, table in tables.items():
        pq.write_table(table, draft.table(name))
    entities.to_parquet(draft.entities, index=False)
    draft.references.write_text(json.dumps(references), encoding="utf-8")
    rows = {draft.table(name): table.num_rows for name, table in tables.items()}
    rows[draft.entities] = len(entities)
    files = {path.name: TableFile(rows=count, sha256=sha256(path)) for path, count in rows.items()}
    manifest = Manifest(as_of=as_of, tables=files)
    (draft.directory / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    _register(draft, location)
    return manifest


def _register(draft: FeatureSet, location: str) -> None:
    """Apply the Feast definitions over the tables where they will lie."""
    views = [feast_view(view, f"{location}/{draft.table(view.name).name}") for view in VIEWS.values()]
    with TemporaryDirectory() as scratch:
        store = open_store(draft.registry, SqliteFile(Path(scratch) / "online.db"))
        store.apply([*ENTITIES.values(), *views, feature_service(views)])
