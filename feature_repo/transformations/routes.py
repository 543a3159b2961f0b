"""How late a carrier has lately arrived on a route."""

import ibis
from ibis.expr.types import Table

from feature_repo.request import LATE_MINUTES
from feature_repo.transformations.inputs import Inputs

KEYS = ("carrier", "origin", "dest")
DAYS = 14


def routes(inputs: Inputs) -> Table:
    """One row an arrival's instant, over the arrivals of the 14 days up to it.

    Only flights that have arrived count, so a flight is never in the statistics that predict it.
    """
    arrived = inputs.flights.filter(inputs.flights.arrived_at.notnull())
    recent = ibis.range_window(
        preceding=ibis.interval(days=DAYS), following=0, group_by=KEYS, order_by=arrived.arrived_at
    )
    first = ibis.row_number().over(group_by=[*KEYS, arrived.arrived_at], order_by=arrived.flight_id) == 0
    delay = arrived.arrival_delay_minutes
    # Flights that arrive at the same instant share a window, so any one of their rows says it all.
    return (
        arrived.mutate(
            log_arrivals=(delay.count().over(recent) + 1).ln(),
            late_share=(delay >= LATE_MINUTES).cast("int64").mean().over(recent),
            mean_arrival_delay_minutes=delay.mean().over(recent),
            first=first,
        )
        .filter(ibis._.first)
        .select(
            *KEYS,
            "log_arrivals",
            "late_share",
            "mean_arrival_delay_minutes",
            event_timestamp=ibis._.arrived_at,
        )
    )
