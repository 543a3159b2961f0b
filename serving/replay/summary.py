"""From what was sent and what the monitor says to the figures of a replay, and to what did not happen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import numpy as np

from serving.replay.course import Sent
from serving.replay.monitor import Status, judgement
from serving.replay.plan import ReplayedWindow
from serving.replay.result import (
    MissingFigures,
    PerformanceFigures,
    PlantedFigures,
    ReplayResult,
    TransportFigures,
    VerdictFigures,
    WindowFigures,
)

MOST_MISSING_BEYOND = 0.02
"""How much larger the share of missing values may be when served than when joined."""
STABLE, DRIFT = "stable", "drift"
NOT_JUDGED = VerdictFigures(verdict="not judged", above=())


@dataclass(frozen=True)
class Replayed:
    """What was done: `sent` of the plan, in its order, a row planted in the last of them, `actuals` told."""

    plan: Sequence[ReplayedWindow]
    sent: Sequence[Sent]
    planted: Sent
    actuals: int


def summarise(replayed: Replayed, said: Sequence[Status], features: int, seconds: float) -> ReplayResult:
    """The figures of a replay.

    Args:
        replayed: what was done.
        said: what the monitor said when it had judged a window, for each of the plan.
        features: how many features the model has.
        seconds: how long it all took.
    """
    plan, sent, planted, status = replayed.plan, replayed.sent, replayed.planted, said[-1]
    remaining = iter(sent)
    windows = tuple(
        _window(planned, list(islice(remaining, len(planned.requests))), then)
        for planned, then in zip(plan, said, strict=True)
    )
    missing = _missing(sent[: len(plan[0].requests)], features)
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
    windows: Sequence[WindowFigures],
    missing: MissingFigures,
    performance: PerformanceFigures,
    planted: PlantedFigures,
) -> Iterator[str]:
    """What a replay should show and these figures do not, a sentence each."""
    as_it_was, *shifted = windows
    found = as_it_was.drift
    if found.verdict != STABLE:
        yield f"the window as it was should be stable: it is {found.verdict}, {list(found.above)}"
    if DRIFT in as_it_was.breached:
        yield "the monitor reported a breach before anything was shifted"
    for window in shifted:
        if window.drift.verdict != DRIFT:
            yield f"the shifted window {window.start:%Y-%m-%d} should drift: it is {window.drift.verdict}"
    if DRIFT not in windows[-1].breached:
        yield "the monitor did not report a breach"
    if missing.beyond > MOST_MISSING_BEYOND:
        yield f"{missing.beyond:.2%} more values were missing when served than when joined"
    if performance.rows != performance.actuals_sent:
        yield f"of {performance.actuals_sent} actuals the monitor measured {performance.rows}"
    if performance.auc is None:
        yield "there is no AUC"
    if not planted.outlier:
        yield f"the planted outlier is not tagged: its score is {planted.outlier_score:.1f}"


def _window(planned: ReplayedWindow, sent: Sequence[Sent], status: Status) -> WindowFigures:
    return WindowFigures(
        start=planned.start,
        shifted_hours=planned.shift.total_seconds() / 3600,
        requests=len(sent),
        mean_probability=float(np.mean([one.answer.probability for one in sent])),
        outliers=sum(one.answer.outlier for one in sent),
        drift=_verdict(status, planned.start, "drift"),
        prediction=_verdict(status, planned.start, "prediction"),
        breached=tuple(family for family, breach in status["breaches"].items() if breach["breached"]),
    )


def _verdict(status: Status, start: datetime, family: str) -> VerdictFigures:
    judged = judgement(status, start)
    if judged is None:
        return NOT_JUDGED
    return VerdictFigures(verdict=judged[family]["verdict"], above=tuple(judged[family]["above"]))


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
