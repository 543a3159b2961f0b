"""The packaged year, read and built once for all tests of this folder."""

from collections.abc import Iterator
from datetime import datetime

import pandas as pd
import pyarrow as pa
import pytest

from components.build_features.building import build_set
from components.build_features.directory import DirectoryStore
from components.build_features.feature_set import FeatureSet
from components.build_features.tables import feature_tables
from components.ingest.packaged import packaged_directory, read_raw
from components.ingest.typed import typed_tables
from feature_repo.instants import parse_instant
from feature_repo.known import known_at
from serving.online_location import OnlineLocation, SqliteFile, online_location
from tests.examples.features.retrieval import Retrieval, retrieve_apart
from tests.examples.redis_server import RedisProcess, redis_server


@pytest.fixture(scope="session")
def as_of() -> datetime:
    return parse_instant("2014-01-02")


@pytest.fixture(scope="session")
def typed(as_of: datetime) -> dict[str, pd.DataFrame]:
    """The typed tables of the whole year, as they are known when all has arrived."""
    tables, _ = typed_tables(read_raw(packaged_directory()))
    return known_at(tables, as_of)


@pytest.fixture(scope="session")
def tables(typed: dict[str, pd.DataFrame], as_of: datetime) -> dict[str, pa.Table]:
    """The feature tables of the whole year."""
    return feature_tables(typed, as_of)


@pytest.fixture(scope="session")
def year(
    typed: dict[str, pd.DataFrame], as_of: datetime, tmp_path_factory: pytest.TempPathFactory
) -> FeatureSet:
    """The written set of the whole year."""
    store = DirectoryStore(tmp_path_factory.mktemp("store"))
    build_set(store, typed, as_of)
    return store.set_of(as_of)


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisProcess]:
    with redis_server() as server:
        yield server


@pytest.fixture(scope="module", params=["sqlite", "redis"])
def online(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> OnlineLocation:
    """The place of an online store that nothing was written to, of either kind."""
    if request.param == "sqlite":
        return SqliteFile(tmp_path_factory.mktemp("online") / "online.db")
    return online_location(request.getfixturevalue("redis").database())


@pytest.fixture(scope="session")
def retrieval(year: FeatureSet, tmp_path_factory: pytest.TempPathFactory) -> Retrieval:
    """Every labelled flight of the year with its features, retrieved through Feast."""
    return retrieve_apart(year.directory, tmp_path_factory.mktemp("frames"))
