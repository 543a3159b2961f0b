"""The parts of the benchmark of serving, each with the servers that it needs; each can be run alone."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rich.table import Table

from benchmarks import report
from benchmarks.bench import Bench
from benchmarks.chain import chained, through_the_executor
from benchmarks.comparison import Compared, compare
from benchmarks.conventional import conventional
from benchmarks.events import EventSender, logged
from benchmarks.feast_server import feast_server
from benchmarks.mlserver_peer import is_installed, mlserver
from benchmarks.model_alone import matrices, under_the_node_server, under_the_stock_wrapper
from benchmarks.monitor import measure_monitor
from benchmarks.outage import Watched, measure_outage
from benchmarks.pods import Database
from benchmarks.published import NODES
from benchmarks.stock_wrapper import stock_wrapper

# Feast's feature server answers 500 where two requests meet on an SQLite store.
GRAPH_CONNECTIONS = 1
MODEL_CONNECTIONS = 4
NEEDS_MLSERVER = "MLServer is not installed here, `make bench` installs it"
NEEDS_POSTGRESQL = "not installed here (apt-get install postgresql)"
NEEDS_EXECUTOR = "the graph through Seldon's executor: set ONTIME_SELDON_EXECUTOR to its binary"


class Part(StrEnum):
    """What can be measured for itself."""

    GRAPH = "graph"
    MODEL = "model"
    MONITOR = "monitor"
    OUTAGE = "outage"


@dataclass(frozen=True)
class Result:
    """Tables for people, and the figures as JSON has them; `missing` says what was not there to measure."""

    tables: Sequence[Table]
    document: Any
    missing: Sequence[str] = ()


async def graph(bench: Bench) -> Result:
    """Keys in, probability out: this graph beside the conventional stack."""
    async with AsyncExitStack() as stack:
        bench.report("starting the published graph, Feast's feature server and the stock wrapper")
        served = (await bench.pods.watched_on(Database.SQLITE)).served
        feast = await stack.enter_async_context(
            feast_server(bench.model, bench.published.online_store, bench.directory / "feast")
        )
        wrapper = await stack.enter_async_context(
            stock_wrapper(bench.model, bench.directory / "stock-wrapper.log")
        )
        peers = [
            chained("this graph, chained", served, NODES, bench.rows),
            chained("features, model", served, ("features", "model"), bench.rows),
            conventional(bench.model.signature, bench.keys, feast, wrapper, bench.rows),
        ]
        if bench.published.executor is not None:
            peers.append(through_the_executor("this graph, by its executor", served, bench.rows))
        compared = await compare(peers, bench.plan, GRAPH_CONNECTIONS, bench.report)
    tables = [
        report.comparison_table(f"keys in, probability out ({GRAPH_CONNECTIONS} connection)", compared),
        report.processor_table("where the time goes", compared),
    ]
    missing = () if bench.published.executor is not None else (NEEDS_EXECUTOR,)
    return Result(tables, _documents(compared), missing)


async def model(bench: Bench) -> Result:
    """Features in, probability out: the node server beside the stock wrapper and MLServer."""
    async with AsyncExitStack() as stack:
        bench.report("starting the model under its servers")
        served = (await bench.pods.watched_on(Database.SQLITE)).served
        wrapper = await stack.enter_async_context(
            stock_wrapper(bench.model, bench.directory / "stock-wrapper-model.log")
        )
        names = bench.model.signature.feature_names
        rows = await matrices(served, bench.rows)
        peers = [under_the_node_server(served, names, rows), under_the_stock_wrapper(wrapper, names, rows)]
        if is_installed():
            peers.append(
                await stack.enter_async_context(mlserver(bench.model, rows, bench.directory / "mlserver"))
            )
        compared = await compare(peers, bench.plan, MODEL_CONNECTIONS, bench.report)
    table = report.comparison_table(f"the model alone ({MODEL_CONNECTIONS} connections)", compared)
    return Result([table], _documents(compared), () if is_installed() else (NEEDS_MLSERVER,))


async def monitor(bench: Bench) -> Result:
    """Events a second, on both stores."""
    measured: list[dict[str, Any]] = []
    for database in Database:
        if not database.is_installed:
            measured.append({"store": database, "missing": NEEDS_POSTGRESQL})
            continue
        bench.report(f"the monitor on {database}")
        served = (await bench.pods.watched_on(database)).served
        events = await logged(served, bench.rows, bench.plan.sizes[0])
        seconds = bench.plan.seconds * bench.plan.rounds
        measured.append(await measure_monitor(bench.published, served, events, database, seconds))
    return Result([report.monitor_table(measured)], measured)


async def outage(bench: Bench) -> Result:
    """The monitor's store gone under load."""
    database = Database.POSTGRESQL if Database.POSTGRESQL.is_installed else Database.SQLITE
    bench.report(f"the monitor's {database} gone for {bench.outage_seconds:g} s, and as long with it")
    pod = await bench.pods.watched_on(database)
    size = bench.plan.sizes[0]
    if bench.published.executor is not None:
        peer, sender = through_the_executor("this graph, by its executor", pod.served, bench.rows), None
    else:
        peer = chained("this graph, chained; the client logs", pod.served, NODES, bench.rows)
        events = await logged(pod.served, bench.rows, size)
        sender = EventSender(bench.published, events, pod.served.port("monitor", "monitor"))
    watched = Watched(pod.served, pod.store, sender)
    document = {"store": database, **await measure_outage(watched, peer, size, bench.outage_seconds)}
    return Result([report.outage_table(document)], document)


def _documents(compared: Sequence[Compared]) -> list[dict[str, Any]]:
    first = {(c.transport, c.rows): c for c in reversed(compared) if c.peer == compared[0].peer}
    return [
        {
            **item.document(),
            "times_the_requests": first[item.transport, item.rows].ratio(item),
            "times_the_processor_time": first[item.transport, item.rows].processor_ratio(item),
            "same_probability": first[item.transport, item.rows].same(item),
        }
        for item in compared
    ]


PARTS: Mapping[Part, Callable[[Bench], Awaitable[Result]]] = {
    Part.GRAPH: graph,
    Part.MODEL: model,
    Part.MONITOR: monitor,
    Part.OUTAGE: outage,
}
