"""The monitor over HTTP: events in, and what people, probes and Prometheus ask."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from serving.artifact import ModelDirectory
from serving.detectors.arrays import read_settings
from serving.detectors.drift import KIND, VERSION, DriftSettings
from serving.monitor.commits import GroupCommit
from serving.monitor.events import Expected, read_event
from serving.monitor.gateway import Gateway
from serving.monitor.metrics import Counters, StoreGauges
from serving.monitor.records import AnyRecord
from serving.monitor.refusal import Reason, RefusedEventError
from serving.monitor.settings import MonitorSettings
from serving.monitor.spool import Spool, SpoolFullError
from serving.monitor.store.connection import open_engine
from serving.monitor.watch import Watch
from serving.probes import is_probe

logger = logging.getLogger(__name__)

# A body over this size is parsed in a thread, so that small ones do not wait for it.
LARGE_BYTES = 64 * 1024
STATUSES = {Reason.TOO_LARGE: 413, Reason.ENVELOPE: 400, Reason.BODY: 400}


class Monitor:
    """One replica: everything that the routes share."""

    def __init__(self, settings: MonitorSettings, model: ModelDirectory) -> None:
        """Open the spool; the store may be away."""
        drift = read_settings(model.detector("drift"), DriftSettings, KIND, VERSION)
        url = settings.database_url.get_secret_value()
        self.settings = settings
        self.counters = Counters()
        self.spool = Spool(settings.spool_directory, settings.spool_bytes)
        engine = open_engine(url, settings.store_timeout_seconds)
        self.gateway = Gateway(engine, settings.scope, self.spool, self.counters)
        self.commits = GroupCommit(self.gateway.put)
        watching = open_engine(url, settings.store_timeout_seconds)
        self.watch = Watch(settings, drift.shape, watching, self.gateway, self.counters)
        self.counters.registry.register(StoreGauges(self.gateway))
        self.counters.registry.register(self.watch.gauges)
        self.expected = Expected(
            deployment=settings.deployment,
            namespace=settings.namespace,
            node=settings.node,
            model_version=settings.model_hash,
            signature=model.signature,
            shape=drift.shape,
        )
        self._tasks: list[asyncio.Task[None]] = []

    async def take(self, request: Request) -> Response:
        """Take one event: 200 once it is on disk. What a publication asked is not watched."""
        if is_probe(request.headers.get("ce-requestid", "")):
            return JSONResponse({"outcome": "passed over"})
        try:
            body = await _body(request, self.settings.maximum_bytes)
            began = time.perf_counter()
            record = await self._read(request, body)
            outcome = await self.commits.add(record)
            if isinstance(outcome, RefusedEventError):
                raise outcome
        except RefusedEventError as error:
            return self._refuse(error)
        except SpoolFullError as error:
            self.counters.taken(record.kind, "unavailable")
            return JSONResponse({"error": str(error)}, status_code=503, headers={"Retry-After": "1"})
        self.counters.taken(record.kind, outcome)
        self.counters.acknowledged(time.perf_counter() - began)
        return JSONResponse({"outcome": outcome})

    async def metrics(self, _request: Request) -> Response:
        """What Prometheus scrapes."""
        return Response(generate_latest(self.counters.registry), media_type=CONTENT_TYPE_LATEST)

    async def status(self, _request: Request) -> Response:
        """What was judged, and why."""
        status = await asyncio.to_thread(self.watch.status)
        return JSONResponse({**status, "refused_events": self.counters.refusals()})

    async def healthy(self, _request: Request) -> Response:
        """200 while everything in the background runs."""
        ended = [task.get_name() for task in self._tasks if task.done()]
        return PlainTextResponse(f"ended: {', '.join(ended)}" if ended else "ok", 500 if ended else 200)

    async def ready(self, _request: Request) -> Response:
        """200 while events are acknowledged, be it from the store or from the spool."""
        accepting = self.gateway.is_accepting
        document = {"store": self.gateway.store_is_present, "spooled": self.gateway.spooled}
        return JSONResponse({"ready": accepting, **document}, status_code=200 if accepting else 503)

    @asynccontextmanager
    async def lifespan(self, _application: Starlette) -> AsyncIterator[None]:
        """Work in the background while requests are taken, and bring what is spooled to the store at last.

        The spool may be a volume that ends with its pod.
        """
        self._tasks = [asyncio.create_task(self.commits.run(), name="commit"), *self.watch.tasks()]
        try:
            yield
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.to_thread(self.gateway.catch_up)
            if self.gateway.spooled:
                logger.warning("%s events stay in the spool", self.gateway.spooled)
            self.spool.close()

    async def _read(self, request: Request, body: bytes) -> AnyRecord:
        headers = dict(request.headers)
        now = datetime.now(UTC)
        if len(body) > LARGE_BYTES:
            return await asyncio.to_thread(read_event, headers, body, self.expected, now)
        return read_event(headers, body, self.expected, now)

    def _refuse(self, error: RefusedEventError) -> Response:
        self.counters.refused(error.reason)
        logger.warning("refused an event (%s): %s", error.reason, error)
        document = {"refused": error.reason, "message": str(error)}
        return JSONResponse(document, status_code=STATUSES.get(error.reason, 422))


def application(monitor: Monitor) -> Starlette:
    """The routes of a replica."""
    return Starlette(
        routes=[
            Route("/", monitor.take, methods=["POST"]),
            Route("/metrics", monitor.metrics),
            Route("/status", monitor.status),
            Route("/healthz", monitor.healthy),
            Route("/readyz", monitor.ready),
        ],
        lifespan=monitor.lifespan,
    )


async def _body(request: Request, maximum: int) -> bytes:
    """The body of a request, read no further than it may be long."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > maximum:
            raise RefusedEventError(Reason.TOO_LARGE, f"more than {maximum} bytes")
        chunks.append(chunk)
    return b"".join(chunks)
