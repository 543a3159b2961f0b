"""The status of a deployment, for people and for the monitoring pipeline: what was judged, and why."""

from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Engine

from serving.detectors.windows import WindowShape
from serving.monitor.debounce import debounce
from serving.monitor.store.measurements import performances
from serving.monitor.store.windows import OPEN, WindowRecord, latest_windows, unjudged_windows

WINDOWS = 30
VERSIONS = 5
STRONGEST = 10
UNJUDGED_WINDOWS = 10
FAMILIES = ("drift", "prediction")
WHY_UNJUDGED = "no replica of this model version, which alone has its detectors, was left to judge it"


def read_status(engine: Engine, scope: str, model_version: str, shape: WindowShape) -> dict[str, Any]:
    """What the store says of a model version; raises sqlalchemy.exc.SQLAlchemyError where it is away."""
    with engine.connect() as connection:
        windows = latest_windows(connection, scope, model_version, WINDOWS)
        judged = latest_windows(connection, scope, model_version, WINDOWS, judged=True)
        unjudged = unjudged_windows(connection, scope, UNJUDGED_WINDOWS)
        performance = performances(connection, scope, VERSIONS)
    return {
        "deployment": scope,
        "model_version": model_version,
        "window_shape": asdict(shape),
        "breaches": {family: _breach(judged, family) for family in FAMILIES},
        "open_windows": sum(window.state == OPEN for window in windows),
        "latest_judged": _window(judged[-1]) if judged else None,
        "unjudged_windows": [_left_behind(window) for window in unjudged],
        "windows": [_in_short(_window(window)) for window in reversed(windows)],
        "performance": performance,
    }


def _breach(judged: list[WindowRecord], family: str) -> dict[str, Any]:
    """Whether the latest windows are a breach, and by which statistics."""
    verdicts = [window.judgement[family]["verdict"] for window in judged if window.judgement]
    above = [
        {"window": _instant(window.start), "above": window.judgement[family]["above"]}
        for window in reversed(judged)
        if window.judgement and window.judgement[family]["above"]
    ]
    return {**asdict(debounce(verdicts)), "why": above[:5]}


def _left_behind(window: WindowRecord) -> dict[str, Any]:
    return {
        "model_version": window.model_version,
        "from": _instant(window.start),
        "to": _instant(window.end),
        "rows": window.rows,
        "why": WHY_UNJUDGED,
    }


def _window(window: WindowRecord) -> dict[str, Any]:
    return {
        "start": window.start,
        "from": _instant(window.start),
        "to": _instant(window.end),
        "rows": window.rows,
        "late_rows": window.late_rows,
        "state": window.state,
        "failures": window.failures,
        "judged_at": None if window.judged_at is None else _instant(window.judged_at),
        "judgement": window.judgement,
    }


def _in_short(window: dict[str, Any]) -> dict[str, Any]:
    """A window with everything above its limit, and the strongest statistics whether above or not."""
    if (judgement := window["judgement"]) is None:
        return window
    shortened = {}
    for family in FAMILIES:
        verdict = judgement[family]
        count = max(STRONGEST, len(verdict["above"]))
        shortened[family] = {**verdict, "statistics": dict(islice(verdict["statistics"].items(), count))}
    return {**window, "judgement": {**judgement, **shortened}}


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
