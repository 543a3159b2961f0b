"""From what was sent and what the monitor says to the figures of a replay, and to what did not happen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from serving.replay.course import Sent
from serving.replay.monitor import Status, window
from serving.replay.plan import Plan, ReplayedWindow
from serving.replay.result import (
    MissingFigures,
    PerformanceFigures,
    PlantedFigures,
    ReplayResult,
    TransportFigures,
    WindowFigures,
)

MOST_MISSING_BEYOND = 0.02
"""How much larger the share of missing values may be when served than when joined."""
STABLE, DRIFT, NOT_JUDGED = "stable", "drift", "not judged"


@dataclass(frozen=True)
class Replayed:
    """What was done: `sent` of the plan, in its order, a row planted in the last of them, `actuals` told."""

    plan: Plan
    sent: Sequence[Sent]
    planted: Sent
    actuals: int


def summarise(replayed: Replayed, status: Status, features: int, seconds: float) -> ReplayResult:
    """The figures of a replay.

    Args:
        replayed: what was done.
        status: what the monitor says in the end.
        features: how many features the model has.
        seconds: how long it all took.
    """
    plan, sent, planted = replayed.plan, replayed.sent, replayed.planted
    count = len(plan.as_it_was.requests)
    windows = (
        _window(plan.as_it_was, sent[:count], status),
        _window(plan.shifted, sent[count:], status),
    )
    missing = _missing(sent[:count], features)
    performance = _performance(status, replayed.actuals)
    outlier = PlantedFigures(
        outlier=planted.answer.outlier,
        outlier_score=planted.answer.outlier_score,
        score_before=sent[-1].answer.outlier_score,
    )
    return ReplayResult(
        model_version=status["model_version"],
        seconds=seconds,
        windows=windows,
        transports=_transports(sent),
        missing=missing,
        performance=performance,
        planted=outlier,
        unmet=tuple(unmet(windows, missing, performance, outlier)),
    )


def unmet(
    windows: tuple[WindowFigures, WindowFigures],
    missing: MissingFigures,
    performance: PerformanceFigures,
    planted: PlantedFigures,
) -> Iterator[str]:
    """What a replay should show and these figures do not, a sentence each."""
    as_it_was, shifted = windows
    if as_it_was.verdict != STABLE:
        yield f"the window as it was should be stable: it is {as_it_was.verdict}, {list(as_it_was.above)}"
    if shifted.verdict != DRIFT:
        yield f"the shifted window should drift: it is {shifted.verdict}"
    if missing.beyond > MOST_MISSING_BEYOND:
        yield f"{missing.beyond:.2%} more values were missing when served than when joined"
    if performance.rows != performance.actuals_sent:
        yield f"of {performance.actuals_sent} actuals the monitor measured {performance.rows}"
    if performance.auc is None:
        yield "there is no AUC"
    if not planted.outlier:
        yield f"the planted outlier is not tagged: its score is {planted.outlier_score:.1f}"


def _window(planned: ReplayedWindow, sent: Sequence[Sent], status: Status) -> WindowFigures:
    found = window(status, planned.start)
    judgement = None if found is None else found["judgement"]
    drift = {"verdict": NOT_JUDGED, "above": []} if judgement is None else judgement["drift"]
    return WindowFigures(
        start=planned.start,
        shifted_hours=planned.shift.total_seconds() / 3600,
        requests=len(sent),
        mean_probability=float(np.mean([one.answer.probability for one in sent])),
        outliers=sum(one.answer.outlier for one in sent),
        verdict=drift["verdict"],
        above=tuple(drift["above"]),
    )


def _transports(sent: Sequence[Sent]) -> tuple[TransportFigures, ...]:
    by_name: dict[str, list[float]] = {}
    for one in sent:
        by_name.setdefault(one.transport.name, []).append(one.answer.milliseconds)
    return tuple(
        TransportFigures(
            transport=name,
            predictions=len(times),
            p50=float(np.percentile(times, 50)),
            p99=float(np.percentile(times, 99)),
        )
        for name, times in by_name.items()
    )


def _missing(sent: Sequence[Sent], features: int) -> MissingFigures:
    joined = [(one.answer.missing, one.request.missing) for one in sent if one.request.missing is not None]
    values = len(joined) * features
    return MissingFigures(
        rows=len(joined),
        served=sum(served for served, _ in joined) / values,
        joined=sum(missing for _, missing in joined) / values,
    )


def _performance(status: Status, actuals_sent: int) -> PerformanceFigures:
    measured = status["performance"].get(status["model_version"], {})
    return PerformanceFigures(
        actuals_sent=actuals_sent,
        rows=measured.get("rows", 0),
        base_rate=measured.get("base_rate"),
        auc=measured.get("auc"),
        brier_score=measured.get("brier_score"),
    )
