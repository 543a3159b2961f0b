"""The figures of a judged model as tables: how well it does, what its detectors find, what the gate saw."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from pipelines.local.decision import Decision
from serving.artifact import METRICS
from serving.detectors.figures import DetectorFigures

# The figures of a performance, as `metrics.json` calls them and as a reader does.
_PERFORMANCE = {
    "auc": "AUC",
    "average_precision": "average precision",
    "brier": "Brier score",
    "brier_skill": "Brier skill over the base rate",
}


def performance_table(model: Path) -> Table:
    """The model's figures on the test rows beside the baseline's, from its directory's `metrics.json`."""
    metrics = json.loads((model / METRICS).read_text(encoding="utf-8"))
    test, baseline = metrics["test"], metrics["baseline"]
    title = f"on {test['rows']:,} test rows, of which {test['base_rate']:.1%} are positive"
    table = figures_table(title, "figure", "model", "baseline")
    for name, reading in _PERFORMANCE.items():
        table.add_row(reading, _text(test[name]), _text(baseline[name]))
    return table


def checks_table(decision: Decision) -> Table:
    """A row for every check of the gate: its value, its limit, its verdict; remarks are in the decision."""
    table = figures_table("what the gate looked at", "check", "verdict", "value", "limit")
    for check in decision.checks:
        verdict = "[green]passed[/]" if check["passed"] else "[red]refused[/]"
        limit = f"{check.get('rule', '')} {_text(check['limit'])}"
        table.add_row(check["name"], verdict, _text(check["value"]), limit)
    return table


def detectors_table(detectors: Path) -> Table:
    """What the detectors were measured to find and to flag wrongly, from `figures.json`."""
    figures = DetectorFigures.read(detectors)
    table = figures_table("what the detectors find", "detector", "measured on", "share", "of")
    for detector, measured_on, share, number in _shares(figures):
        table.add_row(detector, measured_on, f"{share:.1%}", number)
    return table


def _shares(figures: DetectorFigures) -> Iterable[tuple[str, str, float, str]]:
    outlier, drift, prediction = figures.outlier, figures.drift, figures.prediction
    rows = f"{outlier.rows:,} rows"
    for fault, found in outlier.faults.items():
        yield "outlier", fault, found, rows
    yield "outlier", "untouched test rows (false alarms)", outlier.false_alarm_share, rows
    for fault, windows in drift.faults.items():
        yield "drift", fault, windows.found_share, f"{windows.windows} windows"
    for name, watched in (("drift", drift), ("prediction", prediction)):
        left_out = f"{watched.windows} windows"
        yield name, "left-out training months (false alarms)", watched.false_alarm_share, left_out
        untouched = f"{watched.untouched_test_windows} windows"
        yield name, "untouched test months (alarms)", watched.untouched_test_alarm_share, untouched


def figures_table(title: str, *headings: str) -> Table:
    """An empty table; its third column is for numbers."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for position, heading in enumerate(headings):
        table.add_column(heading, justify="right" if position == 2 else "left")
    return table


def _text(value: Any) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
