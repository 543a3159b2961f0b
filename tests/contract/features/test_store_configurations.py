"""The configurations of the feature store differ in the online store alone."""

from pathlib import Path

import yaml

from feature_repo.store import CONFIGURATIONS, open_store
from serving.online_location import RedisServer, SqliteFile

PASSWORD = "p@ss: ${HOME} #1"


def test_all_but_the_online_store_is_the_same() -> None:
    parsed = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in CONFIGURATIONS.values()]
    for each in parsed:
        del each["online_store"]
    assert all(each == parsed[0] for each in parsed)


def test_a_file_is_opened_where_it_lies(tmp_path: Path) -> None:
    store = open_store(tmp_path / "registry.pb", SqliteFile(tmp_path / "50%: #$.db"))
    assert store.config.online_store.path == str(tmp_path / "50%: #$.db")


def test_a_password_is_no_template_and_no_yaml(tmp_path: Path) -> None:
    store = open_store(tmp_path / "registry.pb", RedisServer("store", password=PASSWORD))
    assert f'password="{PASSWORD}"' in store.config.online_store.connection_string
