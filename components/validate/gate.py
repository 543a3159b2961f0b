"""Decides whether a model may be published: figures and limits in, a decision with every check out.

Pure: the same evidence and limits give the same decision. A refusal is a result, not an error.
"""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict

from components.validate.evidence import Evidence, MonthEvidence
from components.validate.limits import Limits

Rule = Literal["at least", "at most", "below"]


class Check(BaseModel):
    """One figure against its limit; a figure that could not be measured (None) does not pass."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    value: float | None
    rule: Rule
    limit: float
    passed: bool
    remark: str = ""


class Decision(BaseModel):
    """Whether a model may be published, and why.

    `short_test` says that the test had fewer months than a full one, so that the limits on performance
    were loosened by what the standard errors allow (those on a leak, the baseline and the champion stand);
    `limits` are the ones before that.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    promoted: bool
    as_of: str
    judged_months: tuple[str, ...]
    short_test: bool
    limits: Limits
    checks: tuple[Check, ...]

    @property
    def refusals(self) -> tuple[Check, ...]:
        """The checks that were not passed."""
        return tuple(check for check in self.checks if not check.passed)


def decide(evidence: Evidence, limits: Limits) -> Decision:
    """Judge a model by its evidence."""
    months = {name: month for name, month in evidence.months.items() if _is_judged(month, limits)}
    short = len(months) < limits.full_test_months
    checks = (
        *_performance(evidence, limits, short=short),
        *_months(months, limits, short=short),
        _baseline(evidence, limits),
        *_champion(evidence),
        *_detectors(evidence, limits),
    )
    return Decision(
        promoted=all(check.passed for check in checks),
        as_of=evidence.as_of,
        judged_months=tuple(months),
        short_test=short,
        limits=limits,
        checks=checks,
    )


def _is_judged(month: MonthEvidence, limits: Limits) -> bool:
    return month.auc is not None and month.performance.rows >= limits.month_rows


def _check(name: str, value: float | None, rule: Rule, limit: float, remark: str = "") -> Check:
    passed = (
        value is not None
        and {
            "at least": value >= limit,
            "at most": value <= limit,
            "below": value < limit,
        }[rule]
    )
    return Check(name=name, value=value, rule=rule, limit=limit, passed=passed, remark=remark)


def _slack(standard_error: float, limits: Limits, *, short: bool) -> tuple[float, str]:
    """By how much a limit gives way, and the remark that says so."""
    if not short:
        return 0.0, ""
    slack = limits.standard_errors * standard_error
    return slack, f"short test: {limits.standard_errors:g} standard errors of {standard_error:.4f} allowed"


def _performance(evidence: Evidence, limits: Limits, *, short: bool) -> Iterator[Check]:
    uncertainty = evidence.uncertainty
    auc = evidence.model.performance.auc
    slack, remark = _slack(uncertainty.auc.standard_error, limits, short=short)
    yield _check("test AUC", auc, "at least", limits.auc - slack, remark)
    # Not loosened: a sound model that is refused by chance can be looked at, a leak that passes is served.
    yield _check("test AUC that would be a leak", auc, "at most", limits.leak_auc, "higher means a leak")
    if short:
        lift = uncertainty.average_precision_lift
        slack, remark = _slack(lift.standard_error, limits, short=short)
        least = limits.average_precision_lift - slack
        yield _check("test average precision over the base rate", lift.value, "at least", least, remark)
    else:
        precision = evidence.model.performance.average_precision
        yield _check("test average precision", precision, "at least", limits.average_precision)
    slack, remark = _slack(uncertainty.brier_skill.standard_error, limits, short=short)
    skill = evidence.model.performance.brier_skill
    # However short the test, a model worse than always answering the base rate helps nobody.
    least = max(0.0, limits.brier_skill - slack)
    yield _check("test Brier skill", skill, "at least", least, remark)


def _months(months: dict[str, MonthEvidence], limits: Limits, *, short: bool) -> Iterator[Check]:
    if not months:
        remark = f"no month of the test has {limits.month_rows} rows"
        yield _check("judged test months", 0, "at least", 1, remark)
    for name, month in months.items():
        if month.auc is not None:
            slack, remark = _slack(month.auc.standard_error, limits, short=short)
            yield _check(f"AUC of {name}", month.auc.value, "at least", limits.month_auc - slack, remark)


def _baseline(evidence: Evidence, limits: Limits) -> Check:
    # Not loosened: on the same rows the two rise and fall together, however few the months are.
    advantage = evidence.baseline_advantage
    remark = f"standard error {advantage.standard_error:.4f}"
    most = limits.baseline_advantage
    return _check("AUC of the baseline above the model's", advantage.value, "at most", most, remark)


def _champion(evidence: Evidence) -> Iterator[Check]:
    champion = evidence.champion
    if champion is None:
        return
    name = "AUC above the champion's, upper end of its interval"
    if champion.advantage is None:
        remark = f"{champion.remark}: withdraw {champion.content_hash[:12]} before publishing without them"
        yield _check(name, None, "at least", 0.0, remark)
        return
    remark = f"champion {champion.content_hash[:12]}; difference {champion.advantage.value:+.4f}"
    if champion.saw_test_rows:
        remark += "; compared on the days after its training"
    yield _check(name, champion.advantage.high, "at least", 0.0, remark)


def _detectors(evidence: Evidence, limits: Limits) -> Iterator[Check]:
    outlier, drift = evidence.detectors.outlier, evidence.detectors.drift
    for fault, found in outlier.faults.items():
        yield _check(f"outliers found: {fault}", found, "at least", limits.outlier_found)
    most = limits.outlier_false_alarms
    yield _check("outlier false alarms", outlier.false_alarm_share, "below", most)
    for fault, figures in drift.faults.items():
        remark = f"{figures.windows} windows"
        yield _check(f"drift found: {fault}", figures.found_share, "at least", limits.drift_found, remark)
    remark = f"{drift.windows} windows of training months left out"
    most = limits.drift_false_alarms
    yield _check("drift false alarms", drift.false_alarm_share, "at most", most, remark)
