"""The step's work: write an online store's contents beside those that are read, then let them take over."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from redis import RedisError

from components.build_features.feature_set import FeatureSet
from components.materialize import redis_contents, sqlite_contents
from components.materialize.online import BEGINNING, fill, writable_store
from feature_repo.history import EVENT_TIMESTAMP
from feature_repo.views import VIEWS, View
from serving.online_location import OnlineLocation, OnlineStoreError, RedisServer, SqliteFile
from serving.online_redis import connect

logger = logging.getLogger(__name__)

WRITING_SECONDS = 30.0


@dataclass(frozen=True)
class Materialized:
    """How many keys of a view count in the online store, and the instant of the newest."""

    keys: int
    newest: datetime | None


def materialize_set(source: FeatureSet, online: OnlineLocation, as_of: datetime) -> dict[str, Materialized]:
    """Make the online store hold what counts at `as_of`, and nothing else.

    Raises:
        ValueError: `as_of` lies after the instant of the set, which says nothing of the time between.
        OnlineStoreError: the server of the store cannot be had.
    """
    if as_of > source.as_of:
        raise ValueError(
            f"the set of {source.as_of.isoformat()} cannot tell what is known at {as_of.isoformat()}"
        )
    with TemporaryDirectory() as scratch:
        if isinstance(online, SqliteFile):
            _replace_file(source, online, as_of, Path(scratch))
        else:
            _replace_on_server(source, online, as_of, Path(scratch))
    counts = {view.name: _counted(source, view, as_of) for view in VIEWS.values()}
    for name, counted in counts.items():
        logger.info("%s: %s keys count at %s, the newest of %s", name, counted.keys, as_of, counted.newest)
    return counts


def _replace_file(source: FeatureSet, online: SqliteFile, as_of: datetime, scratch: Path) -> None:
    draft = SqliteFile(scratch / "online.db")
    fill(writable_store(source, draft, scratch), as_of)
    sqlite_contents.replace_contents(online.path, draft.path)


def _replace_on_server(source: FeatureSet, online: RedisServer, as_of: datetime, scratch: Path) -> None:
    server = replace(online, seconds=WRITING_SECONDS)
    try:
        store = writable_store(source, server, scratch)
        draft = redis_contents.draft_store(store, server, scratch)
        fill(draft, as_of)
        with connect(server) as client:
            redis_contents.replace_contents(client, store.project, draft.project, as_of)
    except RedisError as error:
        raise OnlineStoreError(f"the online store at {server} cannot be written: {error}") from error


def _counted(source: FeatureSet, view: View, as_of: datetime) -> Materialized:
    table = pd.read_parquet(source.table(view.name), columns=[*view.keys, EVENT_TIMESTAMP])
    start = BEGINNING if view.ttl is None else as_of - view.ttl
    counting = table[table[EVENT_TIMESTAMP].between(start, as_of)]
    newest = None if counting.empty else counting[EVENT_TIMESTAMP].max().to_pydatetime()
    return Materialized(len(counting[list(view.keys)].drop_duplicates()), newest)
