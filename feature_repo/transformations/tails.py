"""How late an aircraft has lately arrived."""

import ibis
from ibis.expr.types import Table

from feature_repo.transformations.inputs import Inputs

RECENT_ARRIVALS = 3


def tails(inputs: Inputs) -> Table:
    """One row an instant at which the aircraft arrived, over its last arrivals up to that."""
    arrived = inputs.flights.filter(inputs.flights.arrived_at.notnull(), inputs.flights.tailnum.notnull())
    order = [arrived.arrived_at, arrived.flight_id]
    recent = ibis.window(preceding=RECENT_ARRIVALS - 1, following=0, group_by=arrived.tailnum, order_by=order)
    day = ibis.range_window(
        preceding=ibis.interval(hours=24), following=0, group_by=arrived.tailnum, order_by=arrived.arrived_at
    )
    latest = (
        ibis.row_number().over(
            group_by=[arrived.tailnum, arrived.arrived_at], order_by=arrived.flight_id.desc()
        )
        == 0
    )
    delay = arrived.arrival_delay_minutes
    return (
        arrived.mutate(
            last_arrival_delay_minutes=delay.cast("float64"),
            mean_arrival_delay_minutes=delay.mean().over(recent),
            log_arrivals=(delay.count().over(day) + 1).ln(),
            latest=latest,
        )
        .filter(ibis._.latest)
        .select(
            "tailnum",
            "last_arrival_delay_minutes",
            "mean_arrival_delay_minutes",
            "log_arrivals",
            event_timestamp=ibis._.arrived_at,
        )
    )
