"""The online store is replaced as a whole, under the eyes of those who read it."""

import shutil
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from feast import FeatureStore, FileSource
from redis import Redis

from components.build_features.feature_set import FeatureSet
from components.build_features.offline import offline_store
from components.materialize.materialization import materialize_set
from components.materialize.sqlite_contents import replace_contents
from feature_repo.services import FEATURE_SERVICE
from feature_repo.store import open_store
from serving.online_location import OnlineLocation, OnlineStoreError, RedisServer, SqliteFile, online_location
from serving.online_redis import connect
from tests.examples.redis_server import PASSWORD, RedisProcess, redis_server

NOON = datetime.fromisoformat("2013-10-01T16:00:00+00:00")
KEYS = [{"carrier": "UA", "origin": "EWR", "dest": "IAH", "tailnum": "N14228"}]


def answer(store: FeatureStore) -> dict[str, list[float]]:
    read = store.get_online_features(
        features=store.get_feature_service(FEATURE_SERVICE), entity_rows=KEYS, full_feature_names=True
    )
    values: dict[str, list[float]] = read.to_dict(include_event_timestamps=True)
    return values


def newest(store: FeatureStore) -> int:
    return int(answer(store)["origins__late_share__ts"][0])


@pytest.fixture
def server(redis: RedisProcess) -> RedisServer:
    location = online_location(redis.database())
    assert isinstance(location, RedisServer)
    return location


def contents(client: Redis) -> dict[bytes, Any]:
    return {key: client.hgetall(key) for key in client.scan_iter() if client.type(key) == b"hash"}


def test_who_holds_the_store_open_reads_the_new_contents_also_when_it_goes_back(
    year: FeatureSet, online: OnlineLocation
) -> None:
    materialize_set(year, online, NOON)
    reader = open_store(year.registry, online)
    first = newest(reader)
    materialize_set(year, online, NOON - timedelta(hours=3))
    assert (first, newest(reader)) == (NOON.timestamp(), NOON.timestamp() - 3 * 3600)


def test_what_no_longer_counts_is_gone(year: FeatureSet, online: OnlineLocation) -> None:
    materialize_set(year, online, NOON)
    reader = open_store(year.registry, online)
    materialize_set(year, online, datetime.fromisoformat("2013-01-01T06:00:00+00:00"))
    assert answer(reader)["routes__late_share"] == [None]


def test_the_counts_say_how_many_keys_count_and_how_new_they_are(
    year: FeatureSet, online: OnlineLocation
) -> None:
    counted = materialize_set(year, online, NOON)
    assert (counted["origins"].keys, counted["origins"].newest) == (3, NOON)
    assert counted["planes"].keys == 3_322


def test_a_set_cannot_tell_what_is_known_after_its_instant(
    year: FeatureSet, as_of: datetime, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="cannot tell what is known"):
        materialize_set(year, SqliteFile(tmp_path / "online.db"), as_of + timedelta(hours=1))
    assert list(tmp_path.iterdir()) == []


def test_the_registry_of_a_set_is_never_written(year: FeatureSet, online: OnlineLocation) -> None:
    before = year.registry.read_bytes()
    materialize_set(year, online, NOON)
    assert year.registry.read_bytes() == before


def test_a_registry_is_used_where_its_tables_lie_now(year: FeatureSet, tmp_path: Path) -> None:
    moved = FeatureSet(Path(shutil.copytree(year.directory, tmp_path / year.directory.name)))
    store = offline_store(moved, tmp_path)
    views = store.list_feature_views()
    paths = [source.path for view in views if isinstance(source := view.batch_source, FileSource)]
    assert paths == [str(moved.table(view.name)) for view in views]


def test_a_replacement_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    target, source = tmp_path / "target.db", tmp_path / "source.db"
    with closing(sqlite3.connect(target)) as connection, connection:
        connection.execute("CREATE TABLE kept (value)")
    source.write_text("this is no database, and long enough for SQLite to see that")
    with pytest.raises(sqlite3.DatabaseError):
        replace_contents(target, source)
    with closing(sqlite3.connect(target)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("kept",)]


def test_a_value_is_mended_also_where_its_instant_stays(year: FeatureSet, server: RedisServer) -> None:
    """Feast itself writes nothing to Redis that is not newer than what is there."""
    materialize_set(year, server, NOON)
    with connect(server) as client:
        right = contents(client)
        for key, fields in right.items():
            client.hset(key, mapping={name: b"" for name in fields if not name.startswith(b"_ts:")})
        materialize_set(year, server, NOON)
        assert contents(client) == right


def test_a_writer_that_was_killed_leaves_nothing_for_readers(
    year: FeatureSet, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    materialize_set(year, server, NOON)
    with connect(server) as client:
        before = contents(client)
        with monkeypatch.context() as patch:
            patch.setattr("components.materialize.redis_contents.replace_contents", _killed)
            with pytest.raises(KeyboardInterrupt):
                materialize_set(year, server, NOON + timedelta(hours=1))
        draft = contents(client).keys() - before.keys()
        assert draft
        assert all(0 < client.ttl(key) <= 3600 for key in draft)
        assert {key: value for key, value in contents(client).items() if key not in draft} == before


def test_another_project_on_the_server_is_left_alone(year: FeatureSet, server: RedisServer) -> None:
    materialize_set(year, server, NOON)
    with connect(server) as client:
        theirs = next(iter(contents(client))).removesuffix(b"ontime") + b"not-ontime"
        client.hset(theirs, "field", "theirs")
        materialize_set(year, server, NOON - timedelta(days=30))
        assert client.hgetall(theirs) == {b"field": b"theirs"}


def test_what_is_written_stays(year: FeatureSet, server: RedisServer) -> None:
    materialize_set(year, server, NOON)
    with connect(server) as client:
        assert {client.ttl(key) for key in contents(client)} == {-1}


def test_a_server_that_is_away_is_named_without_its_password(year: FeatureSet) -> None:
    with redis_server() as gone:
        url = gone.database()
    with pytest.raises(OnlineStoreError, match=r"127\.0\.0\.1:\d+/0 cannot be written") as failure:
        materialize_set(year, online_location(url), NOON)
    assert PASSWORD not in str(failure.value)


def test_a_wrong_password_is_one_sentence(year: FeatureSet, redis: RedisProcess) -> None:
    wrong = online_location(f"redis://:wrong@127.0.0.1:{redis.port}/0")
    with pytest.raises(OnlineStoreError, match="cannot be written: invalid username") as failure:
        materialize_set(year, wrong, NOON)
    assert "wrong" not in str(failure.value)


def _killed(*_: object) -> None:
    raise KeyboardInterrupt
