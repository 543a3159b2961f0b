"""Figures as elements of a self-contained page."""

import io

import matplotlib as mpl
from matplotlib.figure import Figure


def svg(figure: Figure) -> str:
    """The figure as one `<svg>` element with its text as text; the same figure gives the same string."""
    target = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "ontime"}):
        figure.savefig(target, format="svg", metadata={"Date": None})
    document = target.getvalue()
    # A page in HTML wants the element alone, without the XML declaration before it.
    return document[document.index("<svg") :]
