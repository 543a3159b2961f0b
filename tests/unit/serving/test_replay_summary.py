"""The figures of a replay, and what they say did not happen."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from serving.replay.course import Sent
from serving.replay.monitor import judgement, labelled_rows
from serving.replay.plan import ReplayedWindow
from serving.replay.result import ReplayResult
from serving.replay.summary import Replayed, summarise
from tests.examples.serving.replayed import DAY, Recorded, answer, request

ONE_DAY = timedelta(days=1)
STARTS = DAY, DAY + ONE_DAY, DAY + 2 * ONE_DAY
VERSION = "a" * 64
REST, GRPC = Recorded("REST"), Recorded("gRPC")
FEATURES = 10


def judged(start: datetime, drift: str, prediction: str = "stable") -> dict[str, Any]:
    return {
        "start": start.timestamp(),
        "judgement": {
            "drift": {"verdict": drift, "above": ["distance:hour"] if drift == "drift" else []},
            "prediction": {"verdict": prediction, "above": []},
        },
    }


def status(*verdicts: str, breached: bool, **measured: Any) -> dict[str, Any]:
    """What a monitor says that has judged as many windows as there are verdicts."""
    performance = {"rows": 4, "base_rate": 0.5, "auc": 0.75, "brier_score": 0.2, **measured}
    return {
        "model_version": VERSION,
        "windows": [judged(*one) for one in zip(STARTS, verdicts, strict=False)],
        "breaches": {"drift": {"breached": breached}, "prediction": {"breached": False}},
        "performance": {VERSION: performance},
    }


def said(
    *verdicts: str, breached: Sequence[bool] = (False, False, True), **measured: Any
) -> list[dict[str, Any]]:
    """What a monitor says after each window."""
    return [status(*verdicts[: n + 1], breached=breached[n], **measured) for n in range(len(STARTS))]


AS_IT_SHOULD_BE = "stable", "drift", "drift"


def summary(
    monitored: Sequence[dict[str, Any]] | None = None,
    *,
    missing: int = 1,
    actuals: int = 4,
    outlier: bool = True,
) -> ReplayResult:
    asked = [[request(9 + n, actual=n % 2) for n in range(4)], [request(30)], [request(54)]]
    plan = [
        ReplayedWindow(start, start + ONE_DAY, timedelta(hours=shift), tuple(requests))
        for start, shift, requests in zip(STARTS, (0, 6, 6), asked, strict=True)
    ]
    sent = [
        Sent(one, str(n), (REST, GRPC)[n % 2], answer(0.1 * n, missing=missing, ms=10.0 + n))
        for n, one in enumerate(one for requests in asked for one in requests)
    ]
    planted = Sent(asked[-1][0], "planted", REST, answer(outlier=outlier))
    replayed = Replayed(plan, sent, planted, actuals)
    return summarise(replayed, monitored or said(*AS_IT_SHOULD_BE), FEATURES, seconds=60)


def test_a_window_has_its_requests() -> None:
    first, second, third = summary().windows
    assert [window.requests for window in (first, second, third)] == [4, 1, 1]
    assert [window.shifted_hours for window in (first, second, third)] == [0, 6, 6]
    assert first.mean_probability == pytest.approx(0.15)


def test_a_window_has_both_its_verdicts() -> None:
    monitored = said(*AS_IT_SHOULD_BE)
    monitored[0]["windows"] = [judged(DAY, "stable", prediction="drift")]
    first, second, _ = summary(monitored).windows
    assert (first.drift.verdict, first.prediction.verdict) == ("stable", "drift")
    assert (second.drift.verdict, second.drift.above) == ("drift", ("distance:hour",))


def test_a_window_has_what_was_breached_once_it_was_judged() -> None:
    assert [window.breached for window in summary().windows] == [(), (), ("drift",)]


def test_latencies_are_told_by_transport() -> None:
    rest, grpc = summary().transports
    assert (rest.transport, rest.predictions, rest.p50) == ("REST", 3, 12.0)
    assert (grpc.transport, grpc.predictions, grpc.p50) == ("gRPC", 3, 13.0)


def test_missing_values_are_a_share_of_all_values() -> None:
    missing = summary(missing=3).missing
    assert (missing.rows, missing.served, missing.joined) == (4, 0.3, 0.1)
    assert missing.beyond == pytest.approx(0.2)


def test_nothing_is_unmet_where_everything_happened() -> None:
    assert summary().unmet == ()


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (summary(said("drift", "drift", "drift")), "the window as it was should be stable"),
        (summary(said("stable", "stable", "drift")), "the shifted window 2013-10-02 should drift"),
        (summary(said("stable", "drift", "stable")), "the shifted window 2013-10-03 should drift"),
        (summary(said()), "it is not judged"),
        (summary(said(*AS_IT_SHOULD_BE, breached=(False,) * 3)), "did not report a breach"),
        (summary(said(*AS_IT_SHOULD_BE, breached=(True,) * 3)), "a breach before anything was shifted"),
        (summary(missing=2), "more values were missing"),
        (summary(actuals=5), "of 5 actuals the monitor measured 4"),
        (summary(said(*AS_IT_SHOULD_BE, auc=None)), "there is no AUC"),
        (summary(outlier=False), "the planted outlier is not tagged"),
    ],
)
def test_what_did_not_happen_is_told(result: ReplayResult, reason: str) -> None:
    assert any(reason in sentence for sentence in result.unmet)


def test_a_result_is_read_as_it_was_written() -> None:
    assert ReplayResult.model_validate_json(summary().model_dump_json()) == summary()


def test_a_window_without_a_judgement_is_not_judged() -> None:
    now = status("stable", breached=False)
    waiting = {"start": STARTS[1].timestamp(), "judgement": None}
    assert judgement({**now, "windows": [waiting, *now["windows"]]}, STARTS[1]) is None
    assert judgement(now, STARTS[1]) is None


def test_nothing_is_measured_of_a_model_without_outcomes() -> None:
    now = status(breached=False)
    assert labelled_rows({**now, "performance": {}}) == 0
    assert labelled_rows(now) == 4
