"""What every transformation reads: the typed tables and the instant as of which they stand."""

from dataclasses import dataclass
from datetime import datetime

import ibis
from ibis.expr.types import Table

from feature_repo.tables import TYPED

TABLES = ("flights", "weather", "planes")
TYPES = {
    "string[python]": "string",
    "Int64": "int64",
    "int64": "int64",
    "float64": "float64",
    "boolean": "boolean",
    "datetime64[us, UTC]": "timestamp('UTC', 6)",
}


@dataclass(frozen=True)
class Inputs:
    """Tables that are bound to no data; a connection that holds tables of these names runs them."""

    flights: Table
    weather: Table
    planes: Table
    as_of: datetime


def inputs(as_of: datetime) -> Inputs:
    """The inputs as of `as_of`, with the schemas of the contracts in `tables.py`."""
    return Inputs(**{name: ibis.table(schema(name), name=name) for name in TABLES}, as_of=as_of)


def schema(name: str) -> ibis.Schema:
    """The Ibis schema of a typed table."""
    return ibis.schema({column: TYPES[str(spec.dtype)] for column, spec in TYPED[name].columns.items()})
