"""One process that serves one component over REST and gRPC, from its loading to its end."""

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Iterator
from typing import Any, NoReturn

import uvicorn
import uvloop
from prometheus_client import start_http_server

from serving.node.calls import Calls
from serving.node.component import Component
from serving.node.feedback import Monitor
from serving.node.metrics import NodeMetrics
from serving.node.rest import application
from serving.node.rpc import create_server
from serving.node.settings import NodeSettings

# Longer than the executor keeps an idle connection: the one that closes first must not be the node, whose
# closing may cross a request.
KEEP_ALIVE_SECONDS = 120


class NotStartedError(RuntimeError):
    """A node that cannot serve: its component was not loaded, or a port is taken; the cause is its cause."""


class RestServer(uvicorn.Server):
    """A uvicorn server that leaves signals to its process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def run(user: Any, node: str, settings: NodeSettings) -> NoReturn:
    """Serve until a signal, and end the process; raises NotStartedError where it cannot."""
    uvloop.run(serve(user, node, settings))
    logging.shutdown()
    # A thread that still waits for a store would keep the process.
    os._exit(0)


async def serve(user: Any, node: str, settings: NodeSettings) -> None:
    """Load `user`, an instance of a Seldon component class, and serve it until a signal ends it.

    No port is open before it is loaded: an open one is what the executor takes for ready. Raises
    NotStartedError, SystemExit where the port for REST is taken.
    """
    _load(user)
    metrics = NodeMetrics(node)
    calls = Calls(Component(user, metrics.custom), metrics)
    rest = RestServer(_configuration(calls, user, settings))
    monitor, address = _monitor(node, settings), f"{settings.host}:{settings.grpc_port}"
    try:
        rpc = create_server(calls, user, monitor, address, settings.maximum_bytes)
        scraped, thread = start_http_server(settings.metrics_port, settings.host, metrics.registry)
    except (OSError, RuntimeError) as error:
        raise NotStartedError(f"a port cannot be had: {error}") from error
    rpc.start()
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    listening = asyncio.create_task(rest.serve())
    await asyncio.wait([listening, asyncio.create_task(ended.wait())], return_when=asyncio.FIRST_COMPLETED)
    rest.should_exit = True
    drained = rpc.stop(settings.drain_seconds)
    await asyncio.gather(listening, asyncio.to_thread(drained.wait))
    scraped.shutdown()
    thread.join()


def _load(user: Any) -> None:
    if not hasattr(user, "load"):
        return
    try:
        user.load()
    # Whatever a component of whoever wrote it may raise.
    except Exception as error:
        raise NotStartedError(f"{type(error).__name__}: {error}") from error


def _monitor(node: str, settings: NodeSettings) -> Monitor | None:
    if settings.monitor_url is None or settings.deployment is None or settings.namespace is None:
        return None
    return Monitor(settings.monitor_url, settings.deployment, settings.namespace, node)


def _configuration(calls: Calls, user: Any, settings: NodeSettings) -> uvicorn.Config:
    return uvicorn.Config(
        application(calls, user, settings.maximum_bytes),
        host=settings.host,
        port=settings.http_port,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.drain_seconds,
    )
