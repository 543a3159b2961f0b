"""The loss curves of a run as a page that needs nothing beside itself."""

import jinja2
from matplotlib.figure import Figure

from components.train.drawing import svg
from components.train.history import History

PAGE = jinja2.Environment(autoescape=True).from_string("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Loss curves</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem; }
svg { max-width: 100%; height: auto; }
</style>
</head>
<body>
<h1>Loss curves</h1>
<p>Kept: epoch {{ history.kept }} of {{ history.epochs | length }}, with the best validation AUC of
{{ "%.4f" | format(history.best.validation_auc) }}.</p>
{{ plot | safe }}
<p>The training loss is the mean over an epoch in which weights still move and units are left out, and its
rows have another base rate: it may well lie above the validation loss.</p>
<ul>{% for epoch in history.epochs %}<li>{{ epoch.line }}</li>{% endfor %}</ul>
</body>
</html>
""")


def loss_curves(history: History) -> str:
    """Training loss, validation loss and validation AUC by epoch, as one HTML page with an SVG inside."""
    return PAGE.render(history=history, plot=_plot(history))


def _plot(history: History) -> str:
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    losses, aucs = figure.subplots(1, 2)
    numbers = [epoch.number for epoch in history.epochs]
    losses.plot(numbers, [epoch.training_loss for epoch in history.epochs], "o-", label="training")
    losses.plot(numbers, [epoch.validation_loss for epoch in history.epochs], "o-", label="validation")
    losses.set(xlabel="epoch", ylabel="binary cross-entropy, nats")
    losses.legend()
    aucs.plot(numbers, [epoch.validation_auc for epoch in history.epochs], "o-", color="C1")
    aucs.axvline(history.kept, color="grey", linestyle=":", label="kept")
    aucs.set(xlabel="epoch", ylabel="validation AUC")
    aucs.legend()
    for axes in (losses, aucs):
        axes.xaxis.get_major_locator().set_params(integer=True)
    return svg(figure)
