"""Where an online store is, from its URL: a SQLite file on this machine, or a Redis server.

No message here repeats a URL, which may hold a password.
"""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, quote, unquote, urlsplit

FORMS = "sqlite:///<path> or redis[s]://[[user]:<password>@]<host>[:<port>][/<database>]"
REDIS_PORT = 6379


@dataclass(frozen=True)
class SqliteFile:
    """The embedded store of one machine."""

    path: Path


@dataclass(frozen=True)
class RedisServer:
    """One database of a Redis server."""

    host: str
    port: int = REDIS_PORT
    database: int = 0
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        """How messages name it."""
        return f"{self.host}:{self.port}/{self.database}"


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
        if parts.scheme in {"redis", "rediss"} and parts.hostname and not (parts.query or parts.fragment):
            return _redis_server(parts, parts.hostname)
    except ValueError:
        # Whatever is wrong with a port or a bracket, its message would show a part of the URL.
        pass
    raise ValueError(f"an online store is given as {FORMS}")


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file, absolute."""
    return f"sqlite:///{quote(str(path.absolute()))}"


def _redis_server(parts: SplitResult, host: str) -> RedisServer:
    return RedisServer(
        host=host,
        port=parts.port or REDIS_PORT,
        database=int(parts.path.strip("/") or 0),
        tls=parts.scheme == "rediss",
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )
