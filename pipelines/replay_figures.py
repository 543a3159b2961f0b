"""The figures of a replay as tables: what was answered, how fast, what the monitor said, what it all took."""

from collections.abc import Mapping

from rich.table import Table

from pipelines.figures import figures_table
from serving.local.settings import LocalSettings
from serving.replay.result import ReplayResult, VerdictFigures, WindowFigures

_SHOWN_STATISTICS = 3


def windows_table(result: ReplayResult) -> Table:
    """A row a window: what was sent and what was answered."""
    table = figures_table("what was answered", "window", "schedule", "requests")
    table.add_column("mean probability", justify="right")
    table.add_column("outliers", justify="right")
    for window in result.windows:
        schedule = f"{window.shifted_hours:g} hours late" if window.shifted_hours else "as it was"
        table.add_row(
            _date(window),
            schedule,
            str(window.requests),
            f"{window.mean_probability:.1%}",
            str(window.outliers),
        )
    return table


def verdicts_table(result: ReplayResult) -> Table:
    """A row a window: its verdicts, and what the monitor reported a breach of once it had judged it."""
    table = figures_table("what the monitor said", "window", "drift")
    for heading in ("prediction", "breached"):
        table.add_column(heading)
    for window in result.windows:
        verdicts = (_verdict(said) for said in (window.drift, window.prediction))
        table.add_row(_date(window), *verdicts, ", ".join(window.breached) or "none")
    return table


def outcome_table(result: ReplayResult) -> Table:
    """What was measured of the window as it was, and what was said of the planted row."""
    missing, performance, planted = result.missing, result.performance, result.planted
    table = figures_table("what it was worth", "figure", "of", "value")
    rows = f"{performance.rows} of {performance.actuals_sent} outcomes told"
    table.add_row("rolling AUC", rows, _text(performance.auc))
    table.add_row("Brier score", rows, _text(performance.brier_score))
    table.add_row("positive in truth", rows, _share(performance.base_rate))
    table.add_row("missing when served", f"{missing.rows} rows", _share(missing.served))
    table.add_row("missing in the offline join", f"{missing.rows} rows", _share(missing.joined))
    tagged = "tagged" if planted.outlier else "not tagged"
    scores = f"{planted.outlier_score:.1f}, before {planted.score_before:.1f}"
    table.add_row("planted outlier's score", tagged, scores)
    return table


def latency_table(result: ReplayResult) -> Table:
    """What a client waited for a prediction of one row."""
    table = figures_table("how long a client waited", "over", "predictions", "p50")
    table.add_column("p99", justify="right")
    for measured in result.transports:
        times = (f"{milliseconds:.1f} ms" for milliseconds in (measured.p50, measured.p99))
        table.add_row(measured.transport, str(measured.predictions), *times)
    return table


def memory_table(processes: Mapping[str, int]) -> Table:
    """The resident memory of each process that serves, in bytes by name."""
    table = figures_table("what runs", "process", "", "memory")
    for name, resident in processes.items():
        table.add_row(name, "", f"{resident / 1e6:,.0f} MB")
    return table


def addresses(serving: LocalSettings) -> dict[str, str]:
    """Where what is served answers, by what it is."""
    return {
        "REST": f"http://{serving.host}:{serving.rest_port}/api/v1.0/predictions",
        "gRPC": f"{serving.host}:{serving.grpc_port}",
        "monitor": f"http://{serving.host}:{serving.monitor_port}/status",
    }


def _date(window: WindowFigures) -> str:
    return f"{window.start:%Y-%m-%d}"


def _verdict(said: VerdictFigures) -> str:
    above = ", ".join(said.above[:_SHOWN_STATISTICS])
    return f"{said.verdict}: {above}" if above else said.verdict


def _text(value: float | None) -> str:
    return "none" if value is None else f"{value:.4f}"


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.2%}"
