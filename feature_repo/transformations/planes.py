"""The aircraft, as registered."""

from ibis.expr.types import Table

from feature_repo.transformations.inputs import Inputs


def planes(inputs: Inputs) -> Table:
    """One row an aircraft."""
    registered = inputs.planes
    return registered.select(
        "tailnum",
        manufactured_year=registered.manufactured_year.cast("float64"),
        engines=registered.engines.cast("float64"),
        seats=registered.seats.cast("float64"),
        event_timestamp=registered.known_at,
    )
