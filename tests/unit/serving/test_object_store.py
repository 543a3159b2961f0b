"""A directory in an object store: what counts as a file of it, and what its errors say."""

from pathlib import Path

import obstore
import pytest
from obstore.store import MemoryStore

from serving.fetch import FetchError, copy_from_bucket
from serving.object_location import is_object_store
from serving.object_store import Bucket, ObjectStoreError


@pytest.fixture
def bucket() -> Bucket:
    return Bucket("memory://", MemoryStore())


def test_files_are_named_from_the_directory(bucket: Bucket, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("content")
    for name in ("b/c/d", "a"):
        bucket.upload(tmp_path / "file", name)
    assert bucket.names() == ["a", "b/c/d"]
    assert bucket.names("b") == ["b/c/d"]
    assert bucket.children() == ["b"]


def test_what_a_console_makes_of_an_empty_directory_is_no_file(bucket: Bucket) -> None:
    for name, content in (("detectors", b""), ("detectors/empty", b""), ("detectors/drift/a", b"a")):
        obstore.put(bucket.store, name, content)
    assert bucket.names() == ["detectors/drift/a", "detectors/empty"]


def test_a_file_is_created_once(bucket: Bucket) -> None:
    assert [bucket.create("complete.json", content) for content in (b"first", b"second")] == [True, False]
    assert bucket.read("complete.json") == b"first"


def test_a_file_that_is_not_there_is_none(bucket: Bucket) -> None:
    assert bucket.read("complete.json") is None


def test_a_download_of_what_is_not_there_is_an_error(bucket: Bucket, tmp_path: Path) -> None:
    with pytest.raises(ObjectStoreError, match=r"^memory:// cannot be read: "):
        bucket.download("missing", tmp_path / "missing")


@pytest.mark.parametrize("url", ["s3://bucket/a", "minio://bucket/a", "gs://bucket/a", "az://container/a"])
def test_a_url_of_a_bucket_is_known_by_its_scheme(url: str) -> None:
    assert is_object_store(url)


@pytest.mark.parametrize("location", ["/srv/models", "models", "file:///srv/models", "s3", "gopher://bucket"])
def test_anything_else_is_none(location: str) -> None:
    assert not is_object_store(location)


@pytest.mark.parametrize("url", ["s3:///path", "s3://key:secret@bucket/path", "az://container/a?sig=secret"])
def test_a_url_with_more_or_less_than_a_place_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ObjectStoreError, match="a directory in an object store is given") as refusal:
        Bucket.open(url, None)
    assert "secret" not in str(refusal.value)


def test_a_key_that_leads_outside_is_refused(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library itself lists no such key; here a fake bucket does."""
    monkeypatch.setattr(Bucket, "open", lambda *_: bucket)
    monkeypatch.setattr(Bucket, "names", lambda _: ["../outside"])
    with pytest.raises(FetchError, match="outside the model directory"):
        copy_from_bucket("s3://bucket/model", None, tmp_path / "pod")
