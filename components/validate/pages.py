"""The report and the model card, rendered from their templates."""

from pathlib import Path
from zoneinfo import ZoneInfo

import jinja2

from components.validate import plots
from components.validate.evidence import Evidence
from components.validate.gate import Decision
from feature_repo.schema import Kind

TEMPLATES = Path(__file__).parent / "templates"


def report(evidence: Evidence, decision: Decision) -> str:
    """The validation report: one HTML page that needs nothing beside itself."""
    contenders = {"model": evidence.model, "baseline": evidence.baseline}
    if evidence.champion is not None and evidence.champion.contender is not None:
        contenders["champion"] = evidence.champion.contender
    return _render(
        "report.html.j2",
        evidence=evidence,
        decision=decision,
        contenders=contenders,
        roc=plots.roc_plot(contenders),
        calibration=plots.calibration_plot(evidence.calibration),
        months=plots.months_plot(evidence.months, decision.limits.month_auc),
        slices={feature: plots.slice_plot(figures) for feature, figures in evidence.slices.items()},
        importances=plots.importances_plot(evidence),
        drift_limits=plots.drift_limits_plot(evidence.detectors.drift.limits),
        least_rows=plots.LEAST_ROWS,
    )


def card(evidence: Evidence, decision: Decision) -> str:
    """The model card, in Markdown (after Mitchell et al. 2019, Model Cards for Model Reporting)."""
    unseen = {
        feature.name: len(evidence.signature.references[str(feature.reference)])
        - len(evidence.signature.vocabularies[feature.name])
        for feature in evidence.signature.of_kind(Kind.CATEGORY)
    }
    return _render("card.md.j2", evidence=evidence, decision=decision, unseen=unseen)


def _render(template: str, evidence: Evidence, **values: object) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=jinja2.select_autoescape(["html.j2"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # Days and months are counted in the signature's time zone, so instants are shown in it.
    zone = ZoneInfo(evidence.signature.timezone)
    environment.filters.update(
        figure=_figure, share=_share, local=lambda instant: f"{instant.astimezone(zone):%Y-%m-%d %H:%M %Z}"
    )
    return environment.get_template(template).render(evidence=evidence, **values)


def _figure(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.4f}"


def _share(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.2%}"
