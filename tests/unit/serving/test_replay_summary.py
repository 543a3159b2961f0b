"""The figures of a replay, and what they say did not happen."""

from datetime import timedelta
from typing import Any

import pytest

from serving.replay.course import Sent
from serving.replay.monitor import is_judged, labelled_rows
from serving.replay.plan import Plan, ReplayedWindow
from serving.replay.result import ReplayResult
from serving.replay.summary import Replayed, summarise
from tests.examples.serving.replayed import DAY, Recorded, answer, request

NEXT = DAY + timedelta(days=1)
VERSION = "a" * 64
REST, GRPC = Recorded("REST"), Recorded("gRPC")
FEATURES = 10


def judged(start: float, verdict: str, *above: str) -> dict[str, Any]:
    return {"start": start, "judgement": {"drift": {"verdict": verdict, "above": list(above)}}}


def status(first: str = "stable", second: str = "drift", **measured: Any) -> dict[str, Any]:
    performance = {"rows": 4, "base_rate": 0.5, "auc": 0.75, "brier_score": 0.2, **measured}
    return {
        "model_version": VERSION,
        "windows": [judged(DAY.timestamp(), first), judged(NEXT.timestamp(), second, "distance:hour")],
        "performance": {VERSION: performance},
    }


def summary(
    now: dict[str, Any] | None = None, *, missing: int = 1, actuals: int = 4, outlier: bool = True
) -> ReplayResult:
    regular, odd = [request(9 + n, actual=n % 2) for n in range(4)], [request(30)]
    plan = Plan(
        ReplayedWindow(DAY, timedelta(0), tuple(regular)),
        ReplayedWindow(NEXT, timedelta(hours=6), tuple(odd)),
    )
    sent = [
        Sent(one, str(n), (REST, GRPC)[n % 2], answer(0.1 * n, missing=missing, ms=10.0 + n))
        for n, one in enumerate([*regular, *odd])
    ]
    planted = Sent(odd[0], "planted", REST, answer(outlier=outlier))
    return summarise(Replayed(plan, sent, planted, actuals), now or status(), FEATURES, seconds=60)


def test_a_window_has_its_requests_and_its_verdict() -> None:
    first, second = summary().windows
    assert (first.requests, first.verdict, first.shifted_hours) == (4, "stable", 0)
    assert (second.requests, second.verdict, second.above) == (1, "drift", ("distance:hour",))
    assert first.mean_probability == pytest.approx(0.15)


def test_latencies_are_told_by_transport() -> None:
    rest, grpc = summary().transports
    assert (rest.transport, rest.predictions, rest.p50) == ("REST", 3, 12.0)
    assert (grpc.transport, grpc.predictions, grpc.p50) == ("gRPC", 2, 12.0)


def test_missing_values_are_a_share_of_all_values() -> None:
    missing = summary(missing=3).missing
    assert (missing.rows, missing.served, missing.joined) == (4, 0.3, 0.1)
    assert missing.beyond == pytest.approx(0.2)


def test_nothing_is_unmet_where_everything_happened() -> None:
    assert summary().unmet == ()


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (summary(status(first="drift")), "the window as it was should be stable"),
        (summary(status(second="stable")), "the shifted window should drift"),
        (summary({**status(), "windows": []}), "it is not judged"),
        (summary(missing=2), "more values were missing"),
        (summary(actuals=5), "of 5 actuals the monitor measured 4"),
        (summary(status(auc=None)), "there is no AUC"),
        (summary(outlier=False), "the planted outlier is not tagged"),
    ],
)
def test_what_did_not_happen_is_told(result: ReplayResult, reason: str) -> None:
    assert any(reason in sentence for sentence in result.unmet)


def test_a_result_is_read_as_it_was_written() -> None:
    assert ReplayResult.model_validate_json(summary().model_dump_json()) == summary()


def test_a_window_without_a_judgement_is_not_judged() -> None:
    now = status()
    now["windows"][0]["judgement"] = None
    assert not is_judged(now, DAY)
    assert is_judged(now, NEXT)


def test_nothing_is_measured_of_a_model_without_outcomes() -> None:
    assert labelled_rows({**status(), "performance": {}}) == 0
    assert labelled_rows(status()) == 4
