"""Servers asked one after another, as Seldon's executor asks the nodes of a graph: from the client's core."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from benchmarks.messages import numbers, requests
from benchmarks.peer import Peer, Transport
from benchmarks.published import NODES, Served
from benchmarks.rows import Row
from benchmarks.wire import Ask, calling, posting
from serving.deployment.engine import EXECUTOR

PATHS = {"features": "/transform-input", "outliers": "/transform-input", "model": "/predict"}
PROCEDURES = {
    "features": "/seldon.protos.Transformer/TransformInput",
    "outliers": "/seldon.protos.Transformer/TransformInput",
    "model": "/seldon.protos.Model/Predict",
}

type Requests = dict[int, list[list[Row]]]


def chained(name: str, served: Served, nodes: Sequence[str], rows: Requests) -> Peer:
    """Nodes of the graph, each of which is sent what the one before it answered."""
    return _peer(name, served.pids(*nodes), rows, lambda transport: _through(served, nodes, transport))


def through_the_executor(name: str, served: Served, rows: Requests) -> Peer:
    """The whole graph as its clients reach it, which logs to the monitor beside it."""

    def connect(transport: Transport) -> AbstractAsyncContextManager[Ask]:
        if transport is Transport.REST:
            return posting(served.port(EXECUTOR, "http"), "/api/v1.0/predictions")
        return calling(served.port(EXECUTOR, "grpc"), "/seldon.protos.Seldon/Predict")

    return _peer(name, served.pids(EXECUTOR, *NODES, "monitor"), rows, connect)


def node(served: Served, name: str, transport: Transport) -> AbstractAsyncContextManager[Ask]:
    """A connection to one node."""
    if transport is Transport.REST:
        return posting(served.port(name, "http"), PATHS[name])
    return calling(served.port(name, "grpc"), PROCEDURES[name])


@asynccontextmanager
async def _through(served: Served, nodes: Sequence[str], transport: Transport) -> AsyncIterator[Ask]:
    async with AsyncExitStack() as stack:
        steps = [await stack.enter_async_context(node(served, name, transport)) for name in nodes]

        async def ask(body: bytes) -> bytes:
            for step in steps:
                body = await step(body)
            return body

        yield ask


def _peer(name: str, pids: dict[str, int], rows: Requests, connect: object) -> Peer:
    def bodies(transport: Transport, size: int) -> list[bytes]:
        return [requests(transport, list(batch[0]), [row.values() for row in batch]) for batch in rows[size]]

    return Peer(
        name=name,
        pids=pids,
        bodies=bodies,
        connect=connect,  # type: ignore[arg-type]
        read=lambda transport, answer: numbers(transport, answer).ravel().tolist(),
    )
