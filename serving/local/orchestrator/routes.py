"""Which path of the REST interface is what, and which methods it takes."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Service(StrEnum):
    """What a path is for, by the name that metrics give it."""

    PREDICTIONS = "predictions"
    FEEDBACK = "feedback"
    STATUS = "status"
    METADATA = "metadata"


@dataclass(frozen=True)
class Route:
    """A path, the methods that it takes, what it is for, and whether it asks for readiness alone."""

    path: re.Pattern[str]
    methods: tuple[str, ...]
    service: Service
    ready: bool


_POST, _GET = ("OPTIONS", "POST"), ("GET", "OPTIONS")


def _at(path: str, methods: tuple[str, ...], service: Service, *, ready: bool = False) -> Route:
    return Route(re.compile(path), methods, service, ready)


ROUTES = (
    _at(r"/api/v(0\.1|1\.0)/predictions", _POST, Service.PREDICTIONS),
    _at(r"/api/v(0\.1|1\.0)/feedback", _POST, Service.FEEDBACK),
    _at(r"/api/v(0\.1|1\.0)/status/(?P<node>[^/]+)", _GET, Service.STATUS),
    _at(r"/api/v(0\.1|1\.0)/metadata/(?P<node>[^/]+)", _GET, Service.METADATA),
    _at(r"/api/v1\.0/metadata", _GET, Service.METADATA),
    _at(r"/api/v1\.0/(status|health/status)", _GET, Service.STATUS, ready=True),
)
# Below these the executor says that the method is wrong before it looks for the path.
_POSTED_TO = re.compile(r"/api/v(0\.1|1\.0)")


@dataclass(frozen=True)
class Found:
    """The route of a request, and the node that its path names."""

    route: Route
    node: str | None


@dataclass(frozen=True)
class NotFound:
    """A request that has no route, and the status to refuse it with."""

    status: int


def find(path: str, method: str) -> Found | NotFound:
    """What a request is for."""
    for route in ROUTES:
        match = route.path.fullmatch(path)
        if match is not None:
            if method not in route.methods:
                return NotFound(405)
            return Found(route, match.groupdict().get("node"))
    wrong_method = _POSTED_TO.match(path) is not None and method not in _POST
    return NotFound(405 if wrong_method else 404)
