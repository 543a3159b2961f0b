"""Where an online store is, from its URL: a SQLite file on this machine, or a Redis server.

No message here repeats a URL, which may hold a password.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, quote, unquote, urlsplit

FORMS = "sqlite:///<path> or redis[s]://[[user]:<password>@]<host>[:<port>][/<database>]"
REDIS_PORT = 6379
READING_SECONDS = 2.0
"""A reader that waits longer for a server answers nobody in time."""


class OnlineStoreError(RuntimeError):
    """The online store is not there, or cannot be read or written."""


@dataclass(frozen=True)
class SqliteFile:
    """The embedded store of one machine."""

    path: Path

    @property
    def kind(self) -> Literal["sqlite"]:
        """What Feast calls such a store."""
        return "sqlite"

    @property
    def place(self) -> str:
        """The absolute path."""
        return str(self.path.absolute())


@dataclass(frozen=True)
class RedisServer:
    """One database of a Redis server, and how long to wait for it."""

    host: str
    port: int = REDIS_PORT
    database: int = 0
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    seconds: float = READING_SECONDS

    def __str__(self) -> str:
        """How messages name it."""
        return f"{self.host}:{self.port}/{self.database}"

    @property
    def kind(self) -> Literal["redis"]:
        """What Feast calls such a store."""
        return "redis"

    @property
    def place(self) -> str:
        """Feast's connection string; it holds the password.

        Feast splits it at commas and reads each value as JSON, so a text is given as JSON without commas.
        Nothing is tried again: whoever reads says in time that the store is away.
        """
        texts = {"username": self.username, "password": self.password}
        given = {name: json.dumps(text).replace(",", "\\u002c") for name, text in texts.items() if text}
        given |= {"db": str(self.database), "ssl": json.dumps(self.tls), "retry": "null"}
        given |= dict.fromkeys(("socket_timeout", "socket_connect_timeout"), str(self.seconds))
        return ",".join([f"{self.host}:{self.port}", *(f"{name}={value}" for name, value in given.items())])


OnlineLocation = SqliteFile | RedisServer


def online_location(url: str) -> OnlineLocation:
    """The store that a URL names.

    Raises:
        ValueError: it is of another form; the message says which forms there are.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1:
            return SqliteFile(Path(unquote(parts.path)[1:]))
        if parts.scheme in {"redis", "rediss"} and not (parts.query or parts.fragment):
            return _redis_server(parts)
    except ValueError:
        # Whatever is wrong with a port or a bracket, its message would show a part of the URL.
        pass
    raise ValueError(f"an online store is given as {FORMS}")


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file, absolute."""
    return f"sqlite:///{quote(str(path.absolute()))}"


def _redis_server(parts: SplitResult) -> RedisServer:
    # Feast's connection string has no place for the colons of an address of IPv6.
    if not parts.hostname or ":" in parts.hostname:
        raise ValueError("a host is missing")
    return RedisServer(
        host=parts.hostname,
        port=parts.port or REDIS_PORT,
        database=int(parts.path.removeprefix("/") or 0),
        tls=parts.scheme == "rediss",
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )
