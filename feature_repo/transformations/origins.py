"""How an origin has been running over the last two hours."""

import ibis
from ibis.expr.types import IntegerColumn, Table, TimestampValue

from feature_repo.request import LATE_MINUTES
from feature_repo.transformations.inputs import Inputs

QUARTER_SECONDS = 900
QUARTERS = 8
"""How many quarters of an hour a departure counts."""


def origins(inputs: Inputs) -> Table:
    """One row a quarter of an hour and origin, from its first scheduled departure up to `as_of`.

    - departures, their mean delay and the share of late ones: over the flights that departed within
      the two hours up to the row; the count is 0 and the others null where none did;
    - overdue: flights whose scheduled departure lies within those two hours, and that have not left.
    """
    grid = _grid(inputs)
    departures = _departures(inputs.flights)
    overdue = _overdue(inputs.flights)
    rows = grid.left_join(departures, ["origin", "quarter"]).left_join(overdue, ["origin", "quarter"])
    return rows.select(
        grid.origin,
        log_departures=(departures.departures.fill_null(0) + 1).ln(),
        late_share=departures.late_share,
        mean_departure_delay_minutes=departures.mean_delay,
        log_overdue=(overdue.overdue.fill_null(0) + 1).ln(),
        event_timestamp=(grid.quarter * QUARTER_SECONDS).as_timestamp("s"),
    )


def _grid(inputs: Inputs) -> Table:
    last = int(inputs.as_of.timestamp()) // QUARTER_SECONDS
    first = inputs.flights.group_by("origin").agg(first=_quarter(inputs.flights.scheduled_departure).min())
    return first.select("origin", quarter=ibis.range(first.first, last + 1).unnest())


def _departures(flights: Table) -> Table:
    departed = flights.filter(flights.departed_at.notnull())
    counted = _for_two_hours(departed, _quarter(departed.departed_at))
    delay = counted.departure_delay_minutes
    return counted.group_by(["origin", "quarter"]).agg(
        departures=counted.count(),
        late_share=(delay >= LATE_MINUTES).cast("int64").mean(),
        mean_delay=delay.mean(),
    )


def _overdue(flights: Table) -> Table:
    expected = _for_two_hours(flights, _quarter(flights.scheduled_departure))
    departed = expected.departed_at.epoch_seconds().cast("int64")
    waiting = expected.filter(departed.isnull() | (departed > expected.quarter * QUARTER_SECONDS))
    return waiting.group_by(["origin", "quarter"]).agg(overdue=waiting.count())


def _for_two_hours(flights: Table, first: IntegerColumn) -> Table:
    """Each flight once for every quarter of an hour in which it counts."""
    return flights.mutate(quarter=ibis.range(first, first + QUARTERS).unnest())


def _quarter(instant: TimestampValue) -> IntegerColumn:
    """The first quarter of an hour, counted from 1970, that is not before `instant`."""
    return (instant.epoch_seconds().cast("int64") + (QUARTER_SECONDS - 1)) // QUARTER_SECONDS
