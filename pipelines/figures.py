"""The figures of a judged model as tables: what the gate looked at, and what the detectors find."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from serving.detectors.figures import DetectorFigures


def checks_table(decision: Path) -> Table:
    """A row for every check of `decision.json`: its value, its limit, its verdict."""
    table = _table("what the gate looked at", "check", "value", "limit", "verdict")
    for check in json.loads(decision.read_text(encoding="utf-8"))["checks"]:
        verdict = "[green]passed[/]" if check["passed"] else "[red]failed[/]"
        table.add_row(check["name"], _text(check["value"]), _text(check["limit"]), verdict)
    return table


def detectors_table(detectors: Path) -> Table:
    """What the detectors were measured to find and to flag wrongly, from `figures.json`."""
    figures = DetectorFigures.read(detectors)
    table = _table("what the detectors find", "detector", "measured on", "share", "of")
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


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for position, heading in enumerate(headings):
        table.add_column(heading, justify="right" if position == 2 else "left")
    return table


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
