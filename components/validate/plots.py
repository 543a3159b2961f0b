"""The plots of the report, each as one SVG element."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from components.train.drawing import svg
from components.validate.classification import Calibration
from components.validate.evidence import Contender, Evidence, MonthEvidence
from components.validate.performance import Performance

SHOWN = 20
"""The most bars of one plot."""
LEAST_ROWS = 100
"""A slice of fewer rows is in the table alone."""


def roc_plot(contenders: Mapping[str, Contender]) -> str:
    """The ROC curves of some models on the same rows."""
    figure, axes = _empty(5, 5)
    for name, contender in contenders.items():
        curve, auc = contender.roc, contender.performance.auc
        axes.plot(curve.false_positive_rate, curve.true_positive_rate, label=f"{name} (AUC {auc:.3f})")
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    axes.set(xlabel="false positive rate", ylabel="true positive rate")
    axes.legend(loc="lower right")
    return svg(figure)


def calibration_plot(calibration: Calibration) -> str:
    """The share of positives against the probability, by tenths of the rows."""
    figure, axes = _empty(5, 5)
    axes.plot(calibration.predicted, calibration.observed, "o-")
    top = 1.05 * max(*calibration.predicted, *calibration.observed)
    axes.plot([0, top], [0, top], color="grey", linestyle=":")
    axes.set(xlabel="mean probability", ylabel="share of positives")
    return svg(figure)


def months_plot(months: Mapping[str, MonthEvidence], limit: float) -> str:
    """The AUC of each month with its interval, and the limit."""
    figure, axes = _empty(6, 4)
    known = {name: month.auc for name, month in months.items() if month.auc is not None}
    values = [auc.value for auc in known.values()]
    below = [max(0.0, auc.value - auc.low) for auc in known.values()]
    above = [max(0.0, auc.high - auc.value) for auc in known.values()]
    axes.errorbar(range(len(known)), values, yerr=[below, above], fmt="o", capsize=4)
    axes.axhline(limit, color="grey", linestyle=":", label=f"limit of a full test {limit:.3f}")
    axes.set_xticks(range(len(known)), list(known))
    axes.set(ylabel="AUC")
    axes.legend()
    return svg(figure)


def slice_plot(figures: Mapping[str, Performance]) -> str:
    """The AUC of the largest slices of a category, those of fewer than `LEAST_ROWS` left out."""
    large = {code: slice_ for code, slice_ in figures.items() if slice_.rows >= LEAST_ROWS}
    known = {code: slice_.auc for code, slice_ in large.items() if slice_.auc is not None}
    return _bars(dict(list(known.items())[:SHOWN]), "AUC", start=0.5)


def importances_plot(evidence: Evidence) -> str:
    """The features that the model leans on most."""
    return _bars(dict(list(evidence.importances.items())[:SHOWN]), "AUC lost where shuffled")


def drift_limits_plot(limits: Mapping[str, float]) -> str:
    """The limit of each drift statistic."""
    return _bars(
        dict(sorted(limits.items(), key=lambda item: -item[1])), "limit (distance, or share of rows)"
    )


def _bars(values: Mapping[str, float], label: str, start: float = 0.0) -> str:
    figure, axes = _empty(7, 1 + 0.25 * len(values))
    axes.barh(list(values), [value - start for value in values.values()], left=start)
    axes.invert_yaxis()
    axes.margins(y=0.01)
    axes.set(xlabel=label)
    return svg(figure)


def _empty(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of its own, without the global state of pyplot, `width` by `height` inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()
