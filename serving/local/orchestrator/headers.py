"""The headers of an answer, in the order and the wording of the executor's HTTP server."""

import os
import uuid
from collections.abc import Mapping
from typing import Any

from aiohttp import web

PUID = "Seldon-Puid"
PLAIN = "text/plain; charset=utf-8"
_ALLOWED = "Accept, Accept-Encoding, Authorization, Content-Length, Content-Type, X-CSRF-Token"


def puid_of(request: web.Request) -> str:
    """The name of a request: the caller's, or a new one."""
    return request.headers.get(PUID) or str(uuid.uuid4())


def common(puid: str, methods: tuple[str, ...]) -> dict[str, str]:
    """What every answer of a known path has."""
    headers = {
        "Access-Control-Allow-Headers": os.environ.get("CORS_ALLOWED_HEADERS", _ALLOWED),
        "Access-Control-Allow-Origin": os.environ.get("CORS_ALLOWED_ORIGINS", "*"),
        PUID: puid,
        "X-Content-Type-Options": "nosniff",
    }
    if methods:
        headers["Access-Control-Allow-Methods"] = ",".join(methods)
    return headers


def of_event(request: web.Request, puid: str, deployment: str, namespace: str) -> dict[str, str]:
    """What is added where the request is a CloudEvent."""
    if "Ce-Specversion" not in request.headers:
        return {}
    return {
        "Ce-Id": puid,
        "Ce-Specversion": "0.3",
        "Ce-Path": request.path,
        "Ce-Type": f"seldon.{deployment}.{namespace}.response",
        "Ce-Source": f"seldon.{deployment}",
    }


def error(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of an error: they are sent before its content type is set, so Go guesses that."""
    return {**headers, _GUESSED: PLAIN}


_GUESSED = "X-Guessed-Content-Type"


async def in_order(_: web.Request, response: Any) -> None:
    """Put the headers of an answer in the order in which Go writes them; a signal of the server."""
    written = dict(response.headers)
    written.pop("Server", None)
    guessed = written.pop(_GUESSED, None)
    if guessed is not None or response.content_type == "application/octet-stream":
        written.pop("Content-Type", None)
    last = {name: written.pop(name) for name in ("Date", "Content-Length", "Connection") if name in written}
    response.headers.clear()
    response.headers.update({name: written[name] for name in sorted(written)} | last)
    if guessed is not None and last.get("Content-Length") != "0":
        response.headers["Content-Type"] = guessed
