"""What holds between the typed tables, and between the columns of one, beyond each column's contract."""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from feature_repo.tables import BrokenTableError


class Reference(NamedTuple):
    """Every value of a column stands in the `code` column of another table."""

    table: str
    column: str
    target: str


class Order(NamedTuple):
    """Where both are known, the first column's instant lies before the second's."""

    table: str
    first: str
    second: str


REFERENCES = (
    Reference("flights", "carrier", "airlines"),
    Reference("flights", "origin", "airports"),
    Reference("flights", "dest", "airports"),
    Reference("weather", "origin", "airports"),
)
ORDERS = (
    Order("flights", "scheduled_departure", "scheduled_arrival"),
    Order("flights", "departed_at", "arrived_at"),
)


def check_relations(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """What was checked, a sentence each.

    Raises:
        BrokenTableError: a relation does not hold; table, column, row count and an example are named.
    """
    for reference in REFERENCES:
        column = tables[reference.table][reference.column]
        stranger = ~column.isin(tables[reference.target]["code"])
        _refuse(column, stranger, reference.table, f"name no row of {reference.target}")
    for order in ORDERS:
        first, second = (tables[order.table][column] for column in (order.first, order.second))
        _refuse(first, first >= second, order.table, f"do not lie before {order.second}")
    return [f"every {r.table}.{r.column} is in {r.target}" for r in REFERENCES] + [
        f"every {o.table}.{o.first} lies before its {o.second}" for o in ORDERS
    ]


def _refuse(column: pd.Series, broken: pd.Series, table: str, what: str) -> None:
    if broken.any():
        row = int(broken.to_numpy().argmax())
        raise BrokenTableError(
            f"table {table}, column {column.name}: {int(broken.sum())} rows {what}, "
            f"for example {column.iloc[row]!s} in row {row}"
        )
