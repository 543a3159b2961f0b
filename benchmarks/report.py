"""What was measured, as tables for people; the same figures are written as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.comparison import Compared


def comparison_table(title: str, compared: Sequence[Compared]) -> Table:
    """A line for every peer in every case; ratios are of the case's first peer to the line's."""
    table = _table(
        title, "asked", "rows", "answered by", "requests/s", "p50", "CPU", "times", "times CPU", "same"
    )
    first = compared[0].peer
    for item in compared:
        ours = next(
            c for c in compared if (c.peer, c.transport, c.rows) == (first, item.transport, item.rows)
        )
        figures = item.document()
        processor = sum(figures["processor_milliseconds_per_request"].values())
        ratios = ["", "", ""]
        if item.peer != first:
            ratios = [
                f"{ours.ratio(item):.2f}",
                f"{ours.processor_ratio(item):.2f}",
                f"{ours.same(item):.0%}",
            ]
        table.add_row(
            item.transport,
            str(item.rows),
            item.peer,
            f"{item.rate:,.0f}",
            f"{figures['p50_milliseconds']:.2f} ms",
            f"{processor:.2f} ms",
            *ratios,
        )
    return table


def processor_table(title: str, compared: Sequence[Compared]) -> Table:
    """Where the processor time of a request goes, by server."""
    table = _table(title, "asked", "rows", "answered by", "processor time of a request, by server")
    for item in compared:
        parts = item.document()["processor_milliseconds_per_request"]
        used = {name: value for name, value in parts.items() if value >= 0.005}
        words = ", ".join(f"{name} {value:.2f} ms" for name, value in used.items())
        table.add_row(item.transport, str(item.rows), item.peer, words)
    return table


def monitor_table(measured: Sequence[Mapping[str, Any]]) -> Table:
    """A line a store."""
    table = _table("the monitor", "store", "events/s", "CPU", "offered", "p50", "p99")
    for item in measured:
        if "missing" in item:
            table.add_row(item["store"], item["missing"], "", "", "", "")
            continue
        table.add_row(
            item["store"],
            f"{item['events_per_second']:,.0f}",
            f"{item['processor_milliseconds_per_event']:.2f} ms",
            f"{item['offered_per_second']} events/s",
            f"{item['p50_milliseconds']:.1f} ms",
            f"{item['p99_milliseconds']:.1f} ms",
        )
    return table


def outage_table(measured: Mapping[str, Any]) -> Table:
    """The latency of a prediction before, during and after."""
    gone = f"the monitor's store ({measured['store']}) gone for {measured['seconds']:g} s"
    title = f"{gone}; asked: {measured['asked']}"
    table = _table(title, "the store", "p50", "p99", "times p50", "times p99")
    for name in ("before", "during", "after"):
        p50, p99 = (measured[name][f"p{share}_milliseconds"] for share in (50, 99))
        ratios = ["", ""]
        if name == "during":
            ratios = [f"{measured['p50_ratio']:.2f}", f"{measured['p99_ratio']:.2f}"]
        table.add_row(name, f"{p50:.2f} ms", f"{p99:.2f} ms", *ratios)
    lost = measured["acknowledged"] - measured["kept"]
    table.caption = f"{measured['acknowledged']:,} events acknowledged, {max(lost, 0):,} of them lost"
    return table


def show(tables: Sequence[Table]) -> None:
    """Print tables, as wide as they are where nobody sees a screen."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    for table in tables:
        console.print(table)


def _table(title: str, *columns: str) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, caption_justify="left"
    )
    for column in columns:
        wordy = column in {"asked", "answered by", "store", "the store"} or column.startswith("processor")
        table.add_column(column, justify="left" if wordy else "right")
    return table
