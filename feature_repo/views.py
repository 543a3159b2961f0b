"""The feature views: which table, by which keys, good for how long.

Their Feast schemas come from the schemas of the Ibis expressions, so a column is named in one place.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import ibis.expr.datatypes as dt
from feast import FeatureView, Field, FileSource
from feast.types import Float64, PrimitiveFeastType, String
from ibis.expr.types import Table

from feature_repo.entities import ENTITIES
from feature_repo.history import EVENT_TIMESTAMP
from feature_repo.transformations.inputs import Inputs, inputs
from feature_repo.transformations.origins import origins
from feature_repo.transformations.planes import planes
from feature_repo.transformations.routes import routes
from feature_repo.transformations.tails import tails
from feature_repo.transformations.weather import weather


@dataclass(frozen=True)
class View:
    """A feature table; with `ttl` None its values count for ever."""

    name: str
    keys: tuple[str, ...]
    ttl: timedelta | None
    transformation: Callable[[Inputs], Table]


VIEWS = {
    view.name: view
    for view in (
        View("weather", ("origin",), timedelta(hours=6), weather),
        View("planes", ("tailnum",), None, planes),
        View("routes", ("carrier", "origin", "dest"), timedelta(days=14), routes),
        View("origins", ("origin",), timedelta(hours=1), origins),
        View("tails", ("tailnum",), timedelta(days=2), tails),
    )
}

_ANY_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)


def feast_view(view: View, path: str) -> FeatureView:
    """The Feast definition of `view` over the Parquet file at the absolute `path`."""
    schema = view.transformation(inputs(_ANY_INSTANT)).schema()
    return FeatureView(
        name=view.name,
        entities=[ENTITIES[key] for key in view.keys],
        # Feast reads a time to live of nothing as one without end.
        ttl=view.ttl or timedelta(0),
        schema=[
            Field(name=name, dtype=_feast_type(kind))
            for name, kind in schema.items()
            if name != EVENT_TIMESTAMP
        ],
        source=FileSource(name=view.name, path=path, timestamp_field=EVENT_TIMESTAMP),
    )


def _feast_type(kind: dt.DataType) -> PrimitiveFeastType:
    """Keys are strings and features are doubles; raises TypeError for anything else."""
    if kind.is_string():
        return String
    if kind.is_float64():
        return Float64
    raise TypeError(f"a feature view holds strings and doubles only, not {kind}")
