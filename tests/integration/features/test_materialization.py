"""The online store is replaced as a whole, under the eyes of those who read it."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from feast import FeatureStore

from components.build_features.feature_set import FeatureSet
from components.materialize.materialization import materialize_set, replace_contents
from feature_repo.services import FEATURE_SERVICE
from feature_repo.store import open_store

NOON = datetime.fromisoformat("2013-10-01T16:00:00+00:00")
KEYS = [{"carrier": "UA", "origin": "EWR", "dest": "IAH", "tailnum": "N14228"}]


def newest(store: FeatureStore) -> int:
    answer = store.get_online_features(
        features=store.get_feature_service(FEATURE_SERVICE), entity_rows=KEYS, full_feature_names=True
    )
    return int(answer.to_dict(include_event_timestamps=True)["origins__late_share__ts"][0])


def test_who_holds_the_store_open_reads_the_new_contents_also_when_it_goes_back(
    year: FeatureSet, tmp_path: Path
) -> None:
    online = tmp_path / "online.db"
    materialize_set(year, online, NOON)
    reader = open_store(year.registry, online)
    first = newest(reader)
    materialize_set(year, online, NOON - timedelta(hours=3))
    assert (first, newest(reader)) == (NOON.timestamp(), NOON.timestamp() - 3 * 3600)


def test_the_counts_say_how_many_keys_count_and_how_new_they_are(year: FeatureSet, tmp_path: Path) -> None:
    counted = materialize_set(year, tmp_path / "online.db", NOON)
    assert (counted["origins"].keys, counted["origins"].newest) == (3, NOON)
    assert counted["planes"].keys == 3_322


def test_a_set_cannot_tell_what_is_known_after_its_instant(
    year: FeatureSet, as_of: datetime, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="cannot tell what is known"):
        materialize_set(year, tmp_path / "online.db", as_of + timedelta(hours=1))
    assert list(tmp_path.iterdir()) == []


def test_the_registry_of_a_set_is_never_written(year: FeatureSet, tmp_path: Path) -> None:
    before = year.registry.read_bytes()
    materialize_set(year, tmp_path / "online.db", NOON)
    assert year.registry.read_bytes() == before


def test_a_replacement_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    target, source = tmp_path / "target.db", tmp_path / "source.db"
    with closing(sqlite3.connect(target)) as connection, connection:
        connection.execute("CREATE TABLE kept (value)")
    source.write_text("this is no database, and long enough for SQLite to see that")
    with pytest.raises(sqlite3.DatabaseError):
        replace_contents(target, source)
    with closing(sqlite3.connect(target)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("kept",)]
