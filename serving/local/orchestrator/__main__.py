"""Runs the orchestrator as Seldon's executor is run: its arguments, and the graph in `ENGINE_PREDICTOR`.

On the first SIGTERM or SIGINT it goes on answering for the shutdown delay, so that clients can move on; on
the second, or when the delay is over, it ends what it has in hand and leaves.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator

import aiohttp
import uvloop
from aiohttp import web
from aiohttp.log import server_logger

from serving.local.orchestrator.annotations import TimeOuts, read_time_outs
from serving.local.orchestrator.arguments import Arguments, parse
from serving.local.orchestrator.client_faults import is_ours
from serving.local.orchestrator.events import EventLog
from serving.local.orchestrator.graph import Predictor, read_predictor
from serving.local.orchestrator.grpc_server import SeldonService, grpc_server
from serving.local.orchestrator.grpc_transport import GrpcTransport
from serving.local.orchestrator.metrics import Metrics
from serving.local.orchestrator.rest_server import RestServer
from serving.local.orchestrator.rest_transport import RestTransport
from serving.local.orchestrator.settings import OrchestratorSettings
from serving.settings import SettingsError

logger = logging.getLogger(__name__)

_NOT_ADDED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
# As the executor does; nodes and monitor keep a connection that nobody uses for longer.
KEEP_ALIVE_SECONDS = 90.0
IDLE_SECONDS = 65.0


async def serve(host: str, arguments: Arguments, predictor: Predictor, time_outs: TimeOuts) -> None:
    """Answer until a signal comes, and until what was then in hand is answered."""
    metrics = Metrics(arguments, predictor)
    async with _session(None) as unlimited, _session(time_outs.rest) as session:
        events = EventLog(arguments, unlimited)
        transport = GrpcTransport(metrics, time_outs.grpc)
        rest = RestServer(arguments, predictor, RestTransport(session, metrics), events, metrics)
        age = arguments.shutdown_delay / 2 or None
        grpc = grpc_server(SeldonService(predictor, transport, events, metrics), connection_seconds=age)
        grpc.add_insecure_port(f"{host}:{arguments.grpc_port}")
        events.start()
        await grpc.start()
        async with _listening(rest, host, arguments):
            logger.info("listening on %s (REST) and %s (gRPC)", arguments.http_port, arguments.grpc_port)
            await _until_told(rest, arguments.shutdown_delay)
            await grpc.stop(arguments.graceful_timeout)
        await transport.close()
        await events.stop()


def _session(seconds: float | None) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        auto_decompress=False,
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=_NOT_ADDED,
        timeout=aiohttp.ClientTimeout(total=seconds),
    )


@contextlib.asynccontextmanager
async def _listening(rest: RestServer, host: str, arguments: Arguments) -> AsyncIterator[None]:
    runner = web.AppRunner(
        rest.application(),
        access_log=None,
        # A body goes to the nodes as it came, as the executor hands it on.
        auto_decompress=False,
        keepalive_timeout=IDLE_SECONDS,
        shutdown_timeout=arguments.graceful_timeout,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, arguments.http_port).start()
        yield
    finally:
        await runner.cleanup()


async def _until_told(rest: RestServer, delay: float) -> None:
    told: asyncio.Queue[None] = asyncio.Queue()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.put_nowait, None)
    await told.get()
    rest.draining = True
    logger.info("told to end, goes on for %s s", delay)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(delay):
            await told.get()


def main() -> int:
    """Run as told; what cannot be run is one sentence on standard error and exit status 1."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    server_logger.addFilter(is_ours)
    arguments = parse(sys.argv[1:])
    try:
        settings = OrchestratorSettings.from_environment()
        predictor = read_predictor(os.environ["ENGINE_PREDICTOR"])
    except SettingsError as error:
        logger.error("The settings are wrong: %s", error)  # noqa: TRY400 - one sentence
        return 1
    except KeyError:
        logger.error("ENGINE_PREDICTOR is not set")  # noqa: TRY400 - one sentence
        return 1
    except ValueError as error:
        logger.error("ENGINE_PREDICTOR is no graph that runs here: %s", error)  # noqa: TRY400 - one sentence
        return 1
    time_outs = read_time_outs(settings.annotations)
    try:
        uvloop.run(serve(settings.host, arguments, predictor, time_outs))
    except (OSError, RuntimeError) as error:
        logger.error("Cannot listen: %s", error)  # noqa: TRY400 - one sentence
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
