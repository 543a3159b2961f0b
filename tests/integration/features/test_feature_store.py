"""Sets of feature tables are written once, whole, and never changed, in a directory and in a bucket."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from components.build_features.building import build_set
from components.build_features.comparison import FeatureSetExistsError
from components.build_features.directory import DirectoryStore
from components.build_features.feature_set import Manifest
from components.build_features.feature_store import FeatureStore, feature_store
from components.build_features.offline import offline_store
from components.build_features.tables import feature_tables
from components.build_features.writer import write_files
from components.retrieve_features.frames import references
from components.retrieve_features.retrieval import retrieve
from components.settings import Settings
from feature_repo.history import labelled_requests
from feature_repo.instants import parse_instant
from feature_repo.known import known_at
from feature_repo.references import reference_lists
from feature_repo.views import VIEWS
from serving.object_store import Bucket, ObjectStoreError
from tests.examples.object_store import ObjectStore, object_store

FEBRUARY = parse_instant("2013-02-01")
NAME = "2013-02-01T050000Z"


@pytest.fixture(scope="module")
def early(typed: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """What is known of January."""
    known = known_at(typed, FEBRUARY)
    return {**known, "flights": known["flights"][known["flights"].scheduled_departure <= FEBRUARY]}


@dataclass(frozen=True)
class Contents:
    """What a set is made of, built once: the step's checks are not needed for each test."""

    tables: dict[str, pa.Table]
    entities: pd.DataFrame
    references: dict[str, list[str]]

    def write(self, store: FeatureStore) -> Manifest:
        return store.write(
            FEBRUARY,
            lambda draft, location: write_files(
                draft, location, self.tables, self.entities, self.references, FEBRUARY
            ),
        )


@pytest.fixture(scope="module")
def contents(early: dict[str, pd.DataFrame]) -> Contents:
    return Contents(
        feature_tables(early, FEBRUARY), labelled_requests(early, FEBRUARY), reference_lists(early)
    )


@pytest.fixture(scope="module")
def fewer_planes(contents: Contents) -> Contents:
    return replace(contents, tables={**contents.tables, "planes": contents.tables["planes"].slice(1)})


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_store(tmp_path_factory.mktemp("objects") / "store") as started:
        yield started


@dataclass(frozen=True)
class Place:
    """A feature store, and the directory in which its files really lie."""

    store: FeatureStore
    directory: Path

    def files(self) -> dict[str, str]:
        """What lies there but for locks: the hash of each file by its path."""
        return {
            str(path.relative_to(self.directory)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.directory.rglob("*")
            if path.is_file() and not path.name.startswith(".")
        }


@pytest.fixture(params=["directory", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "directory":
        return Place(DirectoryStore(tmp_path), tmp_path)
    return request.getfixturevalue("bucket")


@pytest.fixture
def bucket(running: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> Place:
    for name, value in running.credentials.items():
        monkeypatch.setenv(name, value)
    name = running.bucket()
    return Place(opened(running, f"s3://{name}/features"), running.directory / name / "features")


def opened(running: ObjectStore, uri: str) -> FeatureStore:
    return feature_store(
        Settings(feature_store_uri=uri, online_store="redis://store", object_store_endpoint=running.endpoint)
    )


def read(store: FeatureStore) -> None:
    with store.reading(None):
        pass


def test_a_set_holds_its_tables_and_the_hash_of_each(contents: Contents, place: Place) -> None:
    manifest = contents.write(place.store)
    with place.store.reading(FEBRUARY) as found:
        assert found.manifest() == manifest
        assert found.as_of == FEBRUARY
        hashes = {path.name: hashlib.sha256(path.read_bytes()) for path in found.directory.glob("*.parquet")}
    assert {name: each.hexdigest() for name, each in hashes.items()} == {
        name: table.sha256 for name, table in manifest.tables.items()
    }


def test_features_are_retrieved_from_a_set(contents: Contents, place: Place, tmp_path: Path) -> None:
    contents.write(place.store)
    with place.store.reading(None) as found:
        requests = pd.read_parquet(found.entities).iloc[20_000:20_100].reset_index(drop=True)
        store = offline_store(found, tmp_path)
        frame = retrieve(store, requests.assign(late=0), references(found), pd.Series(0, requests.index))
    assert len(frame) == 100
    assert frame["routes__late_share"].notna().mean() > 0.5


def test_the_registry_names_the_tables_where_the_store_keeps_them(contents: Contents, place: Place) -> None:
    """It goes into a model, and there a directory of a step that is over would mean nothing."""
    contents.write(place.store)
    with place.store.reading(FEBRUARY) as found:
        assert f"{place.store.location(FEBRUARY)}/weather.parquet".encode() in found.registry.read_bytes()


def test_the_step_builds_the_same_set_again(early: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    assert build_set(store, early, FEBRUARY) == build_set(store, early, FEBRUARY)


def test_writing_again_changes_nothing(contents: Contents, place: Place) -> None:
    contents.write(place.store)
    before = place.files()
    contents.write(place.store)
    assert place.files() == before


def test_a_set_with_other_contents_is_refused_by_the_tables_that_differ(
    contents: Contents, fewer_planes: Contents, place: Place
) -> None:
    contents.write(place.store)
    before = place.files()
    with pytest.raises(FeatureSetExistsError, match=r"\(planes\.parquet\)"):
        fewer_planes.write(place.store)
    assert place.files() == before


def test_a_set_with_other_codes_is_refused(contents: Contents, place: Place) -> None:
    contents.write(place.store)
    with pytest.raises(FeatureSetExistsError, match=r"\(references\.json\)"):
        replace(contents, references={"airlines": ["AA"]}).write(place.store)


def test_a_set_of_other_definitions_is_refused(
    contents: Contents, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents.write(place.store)
    monkeypatch.setitem(VIEWS, "weather", replace(VIEWS["weather"], ttl=timedelta(hours=12)))
    with pytest.raises(FeatureSetExistsError, match=r"\(registry\.pb\)"):
        contents.write(place.store)


def test_a_killed_build_is_not_taken_for_a_set(contents: Contents, tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    draft = tmp_path / f".{NAME}.partial"
    draft.mkdir(parents=True)
    (draft / "routes.parquet").write_text("half a table")
    contents.write(store)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", NAME]


def test_an_upload_that_is_killed_at_any_file_is_no_set_and_is_repaired(
    contents: Contents, bucket: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Bucket.upload
    for uploads in (0, 1, 5):
        left = iter(range(uploads))

        def torn(self: Bucket, source: Path, name: str, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise KeyboardInterrupt
            whole(self, source, name)

        with monkeypatch.context() as patch:
            patch.setattr(Bucket, "upload", torn)
            with pytest.raises(KeyboardInterrupt):
                contents.write(bucket.store)
        with pytest.raises(FileNotFoundError, match="holds no set"):
            read(bucket.store)
    contents.write(bucket.store)
    read(bucket.store)
    complete = json.loads((bucket.directory / NAME / "complete.json").read_text())
    expected = {
        f"{NAME}/complete.json",
        *(f"{NAME}/{complete['contents']}/{file}" for file in complete["files"]),
    }
    assert bucket.files().keys() == expected


def test_the_newest_set_of_a_bucket_is_the_latest_complete_one(contents: Contents, bucket: Place) -> None:
    contents.write(bucket.store)
    (bucket.directory / "2013-03-01T050000Z" / "0011").mkdir(parents=True)
    (bucket.directory / "2013-03-01T050000Z" / "0011" / "routes.parquet").write_text("half a table")
    (bucket.directory / "zeta").mkdir()
    (bucket.directory / "zeta" / "complete.json").write_text("{}")
    with bucket.store.reading(None) as newest:
        assert newest.as_of == FEBRUARY


def test_of_two_writers_one_wins_and_the_other_compares(
    contents: Contents, fewer_planes: Contents, bucket: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one is done while the second uploads."""
    whole = Bucket.upload

    def after_the_first(self: Bucket, source: Path, name: str) -> None:
        monkeypatch.setattr(Bucket, "upload", whole)
        contents.write(bucket.store)
        whole(self, source, name)

    monkeypatch.setattr(Bucket, "upload", after_the_first)
    with pytest.raises(FeatureSetExistsError, match=r"\(planes\.parquet\)"):
        fewer_planes.write(bucket.store)
    contents.write(bucket.store)
    assert len(bucket.files()) == len(VIEWS) + 5


def test_a_file_that_was_changed_is_refused(contents: Contents, bucket: Place) -> None:
    contents.write(bucket.store)
    [table] = bucket.directory.glob(f"{NAME}/*/planes.parquet")
    table.write_bytes(table.read_bytes()[:-1] + b"?")
    with pytest.raises(ObjectStoreError, match=r"planes\.parquet is not what was written"):
        read(bucket.store)


def test_a_set_that_was_never_built_is_named(bucket: Place) -> None:
    with pytest.raises(FileNotFoundError, match=r"no set as of 2013-02-01"), bucket.store.reading(FEBRUARY):
        pass


@pytest.mark.usefixtures("bucket")
def test_a_bucket_that_does_not_exist_is_named(running: ObjectStore) -> None:
    reason = r"^s3://missing/features cannot be read: .* \(NoSuchBucket\)$"
    with pytest.raises(ObjectStoreError, match=reason):
        read(opened(running, "s3://missing/features"))


def test_a_wrong_key_is_named_without_it(
    running: ObjectStore, bucket: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "botched")
    with pytest.raises(ObjectStoreError, match=r"cannot be read: .* \(SignatureDoesNotMatch\)$") as refusal:
        read(opened(running, bucket.store.location(FEBRUARY)))
    assert "botched" not in str(refusal.value)
    assert refusal.value.__suppress_context__


@pytest.mark.usefixtures("bucket")
def test_a_store_that_is_away_is_named() -> None:
    away = ObjectStore(Path("/nowhere"), port=9)
    with pytest.raises(ObjectStoreError, match=r"^s3://ontime/features cannot be read: .*127\.0\.0\.1:9"):
        read(opened(away, "s3://ontime/features"))
