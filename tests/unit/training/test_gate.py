"""The gate: one figure beyond its limit refuses a model, and the decision says which."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.validate.evidence import Evidence
from components.validate.gate import Decision, decide
from components.validate.limits import Limits
from serving.detectors.figures import WindowFault
from tests.examples.training import evidence as made
from tests.examples.training.evidence import PASSING, SHORT, with_performance

LIMITS = Limits()


def _detectors(part: str, **figures: Any) -> Evidence:
    changed = getattr(PASSING.detectors, part).model_copy(update=figures)
    return replace(PASSING, detectors=PASSING.detectors.model_copy(update={part: changed}))


def _refused(evidence: Evidence, limits: Limits = LIMITS) -> list[str]:
    return [check.name for check in decide(evidence, limits).refusals]


def test_a_model_within_every_limit_is_promoted() -> None:
    assert decide(PASSING, LIMITS).promoted


BEYOND = {
    "test AUC": with_performance(PASSING, auc=0.734),
    "test AUC that would be a leak": with_performance(PASSING, auc=0.801),
    "test average precision": with_performance(PASSING, average_precision=0.504),
    "test Brier skill": with_performance(PASSING, brier_skill=0.099),
    "AUC of 2020-07": replace(PASSING, months={**PASSING.months, "2020-07": made.month(0.689)}),
    "AUC of the baseline above the model's": replace(PASSING, baseline_advantage=made.estimate(0.0051)),
    "AUC above the champion's, upper end of its interval": replace(
        PASSING, champion=made.champion(made.estimate(-0.03, 0.01))
    ),
    "outliers found: negative kilometres": _detectors("outlier", faults={"negative kilometres": 0.98}),
    "outlier false alarms": _detectors("outlier", false_alarm_share=0.01),
    "drift found: minutes halved": _detectors(
        "drift", faults={"minutes halved": WindowFault(found_share=0.94, windows=30, by={})}
    ),
    "drift false alarms": _detectors("drift", false_alarm_share=0.11),
}


@pytest.mark.parametrize("name", BEYOND)
def test_one_figure_beyond_its_limit_refuses_the_model_by_name(name: str) -> None:
    assert _refused(BEYOND[name]) == [name]


def test_a_refusal_carries_value_rule_and_limit() -> None:
    check = decide(BEYOND["test AUC"], LIMITS).refusals[0]
    assert (check.value, check.rule, check.limit) == (0.734, "at least", 0.735)


def test_figures_at_their_limits_pass() -> None:
    at_limits = with_performance(PASSING, auc=0.735, average_precision=0.505, brier_skill=0.10)
    assert decide(at_limits, LIMITS).promoted


def test_a_figure_that_could_not_be_measured_refuses_the_model() -> None:
    assert "test AUC" in _refused(with_performance(PASSING, auc=None))


def test_a_challenger_within_the_champions_interval_is_promoted() -> None:
    assert decide(replace(PASSING, champion=made.champion(made.estimate(-0.01, 0.01))), LIMITS).promoted


def test_a_champion_that_cannot_be_compared_refuses_the_challenger_and_says_why() -> None:
    evidence = replace(PASSING, champion=made.champion(None, remark="the frames lack minutes"))
    (refusal,) = decide(evidence, LIMITS).refusals
    assert "the frames lack minutes" in refusal.remark


def test_a_champion_trained_on_the_test_rows_is_remarked() -> None:
    evidence = replace(PASSING, champion=made.champion(made.estimate(0.0), saw_test_rows=True))
    remarks = [check.remark for check in decide(evidence, LIMITS).checks]
    assert any("compared on the days after its training" in remark for remark in remarks)


def test_a_full_test_is_judged_by_the_limits_as_they_stand() -> None:
    decision = decide(PASSING, LIMITS)
    assert not decision.short_test
    assert {check.name: check.limit for check in decision.checks}["test AUC"] == LIMITS.auc


def test_a_short_tests_limits_give_way_by_the_standard_errors_and_say_so() -> None:
    decision = decide(SHORT, LIMITS)
    check = next(check for check in decision.checks if check.name == "test AUC")
    assert decision.short_test
    assert check.limit == pytest.approx(0.735 - 2 * 0.01)
    assert "2 standard errors of 0.0100" in check.remark


def test_a_short_tests_average_precision_is_judged_over_the_base_rate() -> None:
    names = [check.name for check in decide(SHORT, LIMITS).checks]
    assert "test average precision over the base rate" in names
    assert "test average precision" not in names


def test_a_short_test_beyond_what_its_standard_errors_allow_is_refused() -> None:
    assert _refused(with_performance(SHORT, auc=0.71)) == ["test AUC"]


def test_no_short_test_passes_a_leak() -> None:
    assert _refused(with_performance(SHORT, auc=0.801)) == ["test AUC that would be a leak"]


def test_no_short_test_passes_a_model_worse_than_the_baseline() -> None:
    evidence = replace(SHORT, baseline_advantage=made.estimate(0.0051))
    assert _refused(evidence) == ["AUC of the baseline above the model's"]


def test_no_short_test_passes_a_model_worse_than_the_base_rate() -> None:
    unsure = replace(SHORT.uncertainty, brier_skill=made.estimate(-0.01, error=0.2))
    evidence = with_performance(replace(SHORT, uncertainty=unsure), brier_skill=-0.01)
    assert _refused(evidence) == ["test Brier skill"]


def test_a_month_of_few_rows_is_not_judged() -> None:
    stray = {**PASSING.months, "2020-05": made.month(0.2, rows=3)}
    decision = decide(replace(PASSING, months=stray), LIMITS)
    assert decision.promoted
    assert "2020-05" not in decision.judged_months


def test_a_test_without_a_month_to_judge_is_refused() -> None:
    assert "judged test months" in _refused(replace(PASSING, months={"2020-06": made.month(rows=3)}))


def test_a_decision_survives_json() -> None:
    decision = decide(BEYOND["test AUC"], LIMITS)
    assert Decision.model_validate_json(decision.model_dump_json()) == decision


@given(auc=st.floats(0.7, 0.85), skill=st.floats(0, 0.2))
def test_a_model_is_promoted_if_and_only_if_its_figures_are_within_their_limits(
    auc: float, skill: float
) -> None:
    decision = decide(with_performance(PASSING, auc=auc, brier_skill=skill), LIMITS)
    assert decision.promoted == (0.735 <= auc <= 0.80 and skill >= 0.10)
