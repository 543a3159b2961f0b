"""What lies in a Redis online store beside Feast's own keys, and a client for it."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from serving.online_location import RedisServer


def connect(server: RedisServer) -> Redis:
    """A client of the server, which is first spoken to by the first command."""
    return Redis(
        host=server.host,
        port=server.port,
        db=server.database,
        ssl=server.tls,
        username=server.username,
        password=server.password,
        socket_timeout=server.seconds,
        socket_connect_timeout=server.seconds,
        retry=Retry(NoBackoff(), 0),
    )


def filled_key(project: str) -> str:
    """The key that says as of which instant the store was filled; without it there is no store.

    A server that lost its data still answers: with nothing for every key.
    """
    return f"{project}:filled"
