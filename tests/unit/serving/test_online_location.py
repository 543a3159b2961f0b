"""Where an online store is, from its URL."""

from pathlib import Path

import pytest

from serving.online_location import RedisServer, SqliteFile, online_location, sqlite_url


@pytest.mark.parametrize("path", ["/srv/online.db", "/srv/50% ?#/online.db"])
def test_a_file_is_found_by_its_url(path: str) -> None:
    assert online_location(sqlite_url(Path(path))) == SqliteFile(Path(path))


def test_a_server_has_the_customary_port_and_database() -> None:
    assert online_location("redis://store") == RedisServer("store", port=6379, database=0)


def test_a_server_is_told_by_all_that_its_url_holds() -> None:
    assert online_location("rediss://ann:p%40ss,1@store:6380/2") == RedisServer(
        "store", port=6380, database=2, tls=True, username="ann", password="p@ss,1"
    )


def test_a_password_may_stand_alone() -> None:
    location = online_location("redis://:secret@store")
    assert location == RedisServer("store", password="secret")


def test_a_server_does_not_show_its_password() -> None:
    location = online_location("redis://:secret@store")
    assert "secret" not in f"{location} {location!r}"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/srv/online.db",
        "sqlite:///",
        "sqlite://host/online.db",
        "postgresql://:secret@store/db",
        "redis://:secret@",
        "redis://:secret@store:port",
        "redis://:secret@store/first",
        "redis://:secret@store?ssl=1",
        "redis://:secret@[store",
    ],
)
def test_another_form_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="an online store is given as sqlite:///") as refusal:
        online_location(url)
    assert "secret" not in str(refusal.value)
