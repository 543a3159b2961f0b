"""The model alone, under the three servers: rows of features in, probabilities out."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

import numpy as np

from benchmarks.chain import Requests, node
from benchmarks.messages import features, numbers, requests
from benchmarks.mlserver_peer import Matrices
from benchmarks.peer import Peer, Transport
from benchmarks.published import Served
from benchmarks.stock_wrapper import StockWrapper
from benchmarks.wire import Ask

# Few, since each takes a process of MLServer's environment to write.
MATRICES = 2


async def matrices(served: Served, rows: Requests) -> Matrices:
    """What the features node makes of the first requests; 0 where a value is missing: JSON has no NaN."""
    found: Matrices = {}
    async with node(served, "features", Transport.REST) as ask:
        for size, batches in rows.items():
            bodies = [
                requests(Transport.REST, list(batch[0]), [row.values() for row in batch])
                for batch in batches[:MATRICES]
            ]
            found[size] = [np.nan_to_num(numbers(Transport.REST, await ask(body))) for body in bodies]
    return found


def under_the_node_server(served: Served, names: Sequence[str], rows: Matrices) -> Peer:
    """Under the server of this repository."""
    pids = served.pids("model")
    return _peer("node server", pids, names, rows, lambda transport: node(served, "model", transport))


def under_the_stock_wrapper(wrapper: StockWrapper, names: Sequence[str], rows: Matrices) -> Peer:
    """Under Seldon's own wrapper."""
    return _peer("stock wrapper", {"stock wrapper": wrapper.pid}, names, rows, wrapper.connect)


def _peer(
    name: str,
    pids: dict[str, int],
    names: Sequence[str],
    rows: Matrices,
    connect: Callable[[Transport], AbstractAsyncContextManager[Ask]],
) -> Peer:
    return Peer(
        name=name,
        pids=pids,
        bodies=lambda transport, size: [features(transport, names, matrix) for matrix in rows[size]],
        connect=connect,
        read=lambda transport, answer: numbers(transport, answer).ravel().tolist(),
    )
