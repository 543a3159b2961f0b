"""The step's work: fill a new online store beside the one that is read, then put it in its place."""

import logging
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from components.build_features.feature_set import FeatureSet
from components.materialize.online import BEGINNING, fill, writable_store
from feature_repo.history import EVENT_TIMESTAMP
from feature_repo.views import VIEWS, View
from serving.online_location import SqliteFile

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Materialized:
    """How many keys of a view count in the online store, and the instant of the newest."""

    keys: int
    newest: datetime | None


def materialize_set(source: FeatureSet, online: SqliteFile, as_of: datetime) -> dict[str, Materialized]:
    """Make the online store at `online` hold what counts at `as_of`, and nothing else.

    Raises:
        ValueError: `as_of` lies after the instant of the set, which says nothing of the time between.
    """
    if as_of > source.as_of:
        raise ValueError(
            f"the set of {source.as_of.isoformat()} cannot tell what is known at {as_of.isoformat()}"
        )
    with TemporaryDirectory() as directory:
        draft = SqliteFile(Path(directory) / "online.db")
        store = writable_store(source, draft, Path(directory))
        fill(store, as_of)
        replace_contents(online.path, draft.path)
    counts = {view.name: _counted(source, view, as_of) for view in VIEWS.values()}
    for name, counted in counts.items():
        logger.info("%s: %s keys count at %s, the newest of %s", name, counted.keys, as_of, counted.newest)
    return counts


def replace_contents(target: Path, source: Path) -> None:
    """Give the SQLite file `target` the contents of `source` in one transaction.

    Programs that hold `target` open go on reading it: what was there until the end, then what is new.
    A replaced file would leave them with the old one for ever.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(source)) as new, closing(sqlite3.connect(target)) as old:
        new.backup(old)


def _counted(source: FeatureSet, view: View, as_of: datetime) -> Materialized:
    table = pd.read_parquet(source.table(view.name), columns=[*view.keys, EVENT_TIMESTAMP])
    start = BEGINNING if view.ttl is None else as_of - view.ttl
    counting = table[table[EVENT_TIMESTAMP].between(start, as_of)]
    newest = None if counting.empty else counting[EVENT_TIMESTAMP].max().to_pydatetime()
    return Materialized(len(counting[list(view.keys)].drop_duplicates()), newest)
