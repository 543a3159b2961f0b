"""The feature tables as of an instant, computed by DuckDB from the typed ones."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import ibis
import pandas as pd
import pyarrow as pa
from ibis.backends.duckdb import Backend

from feature_repo.history import EVENT_TIMESTAMP
from feature_repo.transformations.inputs import TABLES, inputs, schema
from feature_repo.views import VIEWS, View

INSTANT = pa.timestamp("us", tz="UTC")


def feature_tables(
    typed: Mapping[str, pd.DataFrame],
    as_of: datetime,
    views: Iterable[View] = tuple(VIEWS.values()),
    threads: int = 2,
) -> dict[str, pa.Table]:
    """The table of each view, in the order of keys and time; the same with any number of threads.

    Args:
        typed: the typed tables, as they are known at `as_of`.
        as_of: the instant up to which a table that has a row at regular times goes.
        views: what to build.
        threads: how many threads DuckDB may use.
    """
    connection = ibis.duckdb.connect(threads=threads)
    for name in TABLES:
        connection.con.register(name, _bound(name, typed[name]))
    return {view.name: _table(connection, view, as_of) for view in views}


def _table(connection: Backend, view: View, as_of: datetime) -> pa.Table:
    expression = view.transformation(inputs(as_of)).order_by([*view.keys, EVENT_TIMESTAMP])
    table = connection.to_pyarrow(expression)
    place = table.schema.get_field_index(EVENT_TIMESTAMP)
    return table.set_column(place, EVENT_TIMESTAMP, table[EVENT_TIMESTAMP].cast(INSTANT))


def _bound(name: str, typed: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(typed, schema=schema(name).to_pyarrow(), preserve_index=False)
