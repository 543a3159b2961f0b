"""The settings of every step, from its environment."""

import pytest

from components.settings import Settings
from serving.settings import SettingsError


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONTIME_FEATURE_STORE_URI", "s3://ontime/features")
    monkeypatch.setenv("ONTIME_ONLINE_STORE", "redis://:secret@store:6379/0")


def test_a_cluster_needs_no_directory_to_publish_to() -> None:
    settings = Settings.from_environment()
    assert (settings.publish_uri, settings.object_store_endpoint) == (None, None)


def test_a_file_is_the_same_one_in_every_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    monkeypatch.setenv("ONTIME_ONLINE_STORE", "sqlite:///srv/online.db")
    assert Settings.from_environment().online_store == "sqlite:////srv/online.db"


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ONTIME_FEATURE_STORE_URI")
    with pytest.raises(SettingsError, match=r"^ONTIME_FEATURE_STORE_URI: Field required$"):
        Settings.from_environment()


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("FEATURE_STORE_URI", "gopher://ontime/features", "a location at gopher:// is not known"),
        ("FEATURE_STORE_URI", "s3://key:secret@ontime", "a directory in an object store is given as"),
        ("OBJECT_STORE_ENDPOINT", "store:9000", "the address of an object store is given as"),
        ("OBJECT_STORE_ENDPOINT", "http://key:secret@store", "the address of an object store is given as"),
    ],
)
def test_a_wrong_location_is_named_with_its_variable(
    name: str, value: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"ONTIME_{name}", value)
    with pytest.raises(SettingsError, match=f"^ONTIME_{name}: {reason}") as refusal:
        Settings.from_environment()
    assert "secret" not in str(refusal.value)


def test_minio_needs_the_address_of_its_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONTIME_FEATURE_STORE_URI", "minio://ontime/features")
    with pytest.raises(SettingsError, match=r"address of its store in ONTIME_OBJECT_STORE_ENDPOINT$"):
        Settings.from_environment()
    monkeypatch.setenv("ONTIME_OBJECT_STORE_ENDPOINT", "http://store:9000")
    assert Settings.from_environment().feature_store_uri == "minio://ontime/features"


def test_a_wrong_online_store_is_named_and_its_password_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONTIME_ONLINE_STORE", "redis://:secret@store:port")
    with pytest.raises(SettingsError, match=r"^ONTIME_ONLINE_STORE: an online store is given as ") as refusal:
        Settings.from_environment()
    assert "secret" not in str(refusal.value)
    assert refusal.value.__cause__ is None
