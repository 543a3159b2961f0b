"""The figures of a model as plain data: for `metrics.json`, and as named numbers for a dashboard."""

from dataclasses import asdict
from typing import Any

from components.validate.evidence import Contender, Evidence
from components.validate.gate import Decision


def model_metrics(evidence: Evidence, decision: Decision) -> dict[str, Any]:
    """Everything measured, as JSON takes it; curves are left to the report."""
    champion = evidence.champion
    return {
        "as_of": evidence.as_of,
        "periods": {
            period.name: {
                "rows": period.rows,
                "start": period.start.isoformat(),
                "end": period.end.isoformat(),
            }
            for period in evidence.periods
        },
        "test": asdict(evidence.model.performance),
        "uncertainty": asdict(evidence.uncertainty),
        "months": {name: asdict(month.performance) for name, month in evidence.months.items()},
        "slices": {
            feature: {code: asdict(figures) for code, figures in codes.items()}
            for feature, codes in evidence.slices.items()
        },
        "baseline": asdict(evidence.baseline.performance),
        "baseline_advantage": asdict(evidence.baseline_advantage),
        "champion": None if champion is None else champion.content_hash,
        "champion_test": None if champion is None else _optional(champion.contender),
        "importances": dict(evidence.importances),
        "detectors": evidence.detectors.model_dump(),
        "decision": decision.model_dump(),
    }


def headline_metrics(evidence: Evidence) -> dict[str, float]:
    """The few numbers by which runs are compared."""
    model, baseline = evidence.model.performance, evidence.baseline.performance
    named = {
        "test_auc": model.auc,
        "test_auc_standard_error": evidence.uncertainty.auc.standard_error,
        "test_average_precision": model.average_precision,
        "test_brier": model.brier,
        "test_brier_skill": model.brier_skill,
        "test_base_rate": model.base_rate,
        "test_rows": model.rows,
        "baseline_auc": baseline.auc,
        "baseline_average_precision": baseline.average_precision,
        "baseline_brier": baseline.brier,
        "outlier_false_alarm_share": evidence.detectors.outlier.false_alarm_share,
        "drift_false_alarm_share": evidence.detectors.drift.false_alarm_share,
    }
    champion = evidence.champion
    if champion is not None and champion.advantage is not None:
        named["auc_above_champion"] = champion.advantage.value
    return {name: float(value) for name, value in named.items() if value is not None}


def _optional(contender: Contender | None) -> dict[str, Any] | None:
    return None if contender is None else asdict(contender.performance)
