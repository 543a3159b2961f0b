"""The conventional stack: Feast's feature server, then the stock wrapper, and a client that joins the two."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.chain import Requests
from benchmarks.feast_server import NAME, FeastServer, ask_for, stored
from benchmarks.messages import features, numbers
from benchmarks.peer import Peer, Transport
from benchmarks.rows import Row
from benchmarks.stock_wrapper import StockWrapper
from benchmarks.wire import Ask
from feature_repo.request import derive
from serving.signature import Signature

# The position of a request's rows goes before its body: its client derives features from the rows.
POSITION_BYTES, SIZE_BYTES = 4, 4


def conventional(
    signature: Signature, keys: Sequence[str], feast: FeastServer, wrapper: StockWrapper, rows: Requests
) -> Peer:
    """Features by Feast over REST, what the request gives by its client, probabilities by the wrapper."""

    def bodies(_: Transport, size: int) -> list[bytes]:
        return [
            size.to_bytes(SIZE_BYTES)
            + position.to_bytes(POSITION_BYTES)
            + ask_for(signature.feature_service, keys, batch)
            for position, batch in enumerate(rows[size])
        ]

    @asynccontextmanager
    async def connect(transport: Transport) -> AsyncIterator[Ask]:
        async with feast.connect() as ask_feast, wrapper.connect(transport) as ask_model:

            async def ask(body: bytes) -> bytes:
                prefix = SIZE_BYTES + POSITION_BYTES
                size, position = int.from_bytes(body[:SIZE_BYTES]), int.from_bytes(body[SIZE_BYTES:prefix])
                columns = stored(await ask_feast(body[prefix:]))
                joined = _join(signature, rows[size][position], columns)
                return await ask_model(features(transport, signature.feature_names, joined))

            yield ask

    return Peer(
        name="Feast's server, stock wrapper",
        pids={NAME: feast.pid, "stock wrapper": wrapper.pid},
        bodies=bodies,
        connect=connect,
        read=lambda transport, answer: numbers(transport, answer).ravel().tolist(),
    )


def _join(
    signature: Signature, batch: Sequence[Row], columns: dict[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    table = pd.DataFrame(list(batch))
    table[signature.time_field] = pd.to_datetime(table[signature.time_field], utc=True)
    derived = derive(table, signature.references)
    found = columns | {str(name): derived[name].to_numpy() for name in derived}
    return np.stack([found[name] for name in signature.feature_names], axis=1).astype(np.float64)
