"""A complete model directory that the nodes can serve, with an online store, of the example's requests."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from feast import Entity, FeatureService, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.types import Float64, String

from feature_repo.request import AIRLINES, AIRPORTS, FIELDS, LABEL, LABEL_DESCRIPTION, TIME_FIELD, TIMEZONE
from feature_repo.schema import Family, Feature, Kind
from serving.artifact import assemble
from serving.detectors.outlier import OutlierDetector
from serving.node.settings import NodeSettings
from serving.online import feast_configuration
from serving.online_location import OnlineLocation, RedisServer, online_location, sqlite_url
from serving.online_redis import connect, filled_key
from serving.signature import Signature
from tests.examples.serving.network import network

STABLE, SEASONAL = Family.STABLE, Family.SEASONAL
HOUR = 3600
WEATHER_TTL = timedelta(hours=6)
STORED_AT = datetime(2013, 10, 1, 8, tzinfo=UTC)
"""When everything in the online store became known."""
DEPARTURE = STORED_AT + timedelta(hours=2)
"""A departure an hour after the store is right: predicted 60 minutes before, all of it is fresh."""
KNOWN_TAIL = "N14228"
ROW = {
    "carrier": "UA",
    "flight": 1545,
    "origin": "EWR",
    "dest": "IAH",
    "tailnum": KNOWN_TAIL,
    "scheduled_departure": DEPARTURE.isoformat(),
    "scheduled_elapsed_minutes": 227,
    "distance_miles": 1400,
}
DERIVED = ("departure_year", "elapsed_minutes", "distance")

SIGNATURE = Signature(
    feature_service="small_v1",
    features=(
        Feature(name="carrier_code", kind=Kind.CATEGORY, family=STABLE, reference=AIRLINES),
        Feature(name="origin_code", kind=Kind.CATEGORY, family=STABLE, reference=AIRPORTS),
        Feature(
            name="weather__temperature",
            kind=Kind.NUMBER,
            family=SEASONAL,
            view="weather",
            ttl_seconds=6 * HOUR,
        ),
        Feature(name="dest_code", kind=Kind.CATEGORY, family=STABLE, reference=AIRPORTS),
        Feature(name="departure_hour", kind=Kind.CYCLIC, family=STABLE, period=24),
        Feature(name="departure_weekday", kind=Kind.CYCLIC, family=STABLE, period=7),
        *(Feature(name=name, kind=Kind.NUMBER, family=STABLE) for name in DERIVED),
        Feature(name="planes__seats", kind=Kind.NUMBER, family=STABLE, view="planes"),
        Feature(name="planes__engines", kind=Kind.NUMBER, family=STABLE, view="planes"),
    ),
    derived=(),
    request_fields=FIELDS,
    time_field=TIME_FIELD,
    references={AIRLINES: ("AA", "UA"), AIRPORTS: ("EWR", "IAH", "JFK")},
    lead_minutes=60,
    label=LABEL,
    label_description=LABEL_DESCRIPTION,
    timezone=TIMEZONE,
).trained({}, datetime(2013, 1, 1, tzinfo=UTC), datetime(2013, 8, 31, tzinfo=UTC))
FEATURES = SIGNATURE.feature_names
TRAINING_MEANS = (0.5, 1, 60, 1, 12, 3, 2013, 200, 1200, 150, 2)


@dataclass(frozen=True)
class ServedModel:
    """Where the model and its online store lie."""

    directory: Path
    content_hash: str
    online_store: str

    def settings(self, **changes: object) -> NodeSettings:
        return NodeSettings.model_validate({**self.values(), **changes})

    def values(self) -> dict[str, str]:
        return {
            "model_directory": str(self.directory),
            "model_hash": self.content_hash,
            "online_store": self.online_store,
            "host": "127.0.0.1",
        }

    def environment(self, **changes: object) -> dict[str, str]:
        """What a node's process gets: these settings, and this repository on its path."""
        values = {**self.values(), **changes}
        return {
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[3]),
            # What the operator gives every container.
            "PREDICTIVE_UNIT_ID": "node",
            "PREDICTIVE_UNIT_IMAGE": "image:1",
            **{f"ONTIME_NODE_{name.upper()}": str(value) for name, value in values.items()},
        }


def training_rows(count: int = 2000) -> np.ndarray:
    """Rows [count, F] like those that the nodes see."""
    generator = np.random.default_rng(5)
    means = np.array(TRAINING_MEANS)
    return generator.normal(means, 0.2 * means, (count, len(FEATURES))).astype(np.float32)


def write_served_model(directory: Path, online_store: str | None = None) -> ServedModel:
    """Write all of it into an empty directory, but for an online store that is somewhere else."""
    parts = {name: directory / "parts" / name for name in ("network", "contract", "detectors")}
    for part in parts.values():
        part.mkdir(parents=True)
    (parts["network"] / "model.onnx").write_bytes(network(len(FEATURES)))
    SIGNATURE.write(parts["network"] / "signature.json")
    OutlierDetector.fit(training_rows(), SIGNATURE).save(parts["detectors"] / "outlier")
    for kind in ("drift", "prediction"):
        (parts["detectors"] / kind).mkdir()
        (parts["detectors"] / kind / "detector.toml").write_text("version = 1\n")
    url = online_store or sqlite_url(directory / "online.db")
    _fill(parts["contract"] / "registry.pb", online_location(url))
    content_hash = assemble(directory / "model", **parts, metrics={}, card="# A small model\n")
    return ServedModel(directory / "model", content_hash, url)


def _fill(registry: Path, online: OnlineLocation) -> None:
    store = FeatureStore(
        config=RepoConfig(
            project="small",
            provider="local",
            registry=str(registry),
            online_store=feast_configuration(online),
            entity_key_serialization_version=3,
        )
    )
    tables = {
        "weather": pd.DataFrame({"origin": ["EWR", "JFK"], "temperature": [60.0, 61.0]}),
        "planes": pd.DataFrame({"tailnum": [KNOWN_TAIL], "seats": [149.0], "engines": [2.0]}),
    }
    views = [
        _view("weather", tables["weather"], WEATHER_TTL),
        _view("planes", tables["planes"], timedelta(0)),
    ]
    store.apply([*(_entity(table) for table in tables.values()), *views])
    store.apply([FeatureService(name="small_v1", features=[*views])])
    for name, table in tables.items():
        store.write_to_online_store(name, table.assign(event_timestamp=pd.Timestamp(STORED_AT)))
    if isinstance(online, RedisServer):
        with connect(online) as client:
            client.set(filled_key("small"), STORED_AT.isoformat())


def _entity(table: pd.DataFrame) -> Entity:
    key = table.columns[0]
    return Entity(name=key, join_keys=[key], value_type=ValueType.STRING)


def _view(name: str, table: pd.DataFrame, ttl: timedelta) -> FeatureView:
    key, *features = table.columns
    return FeatureView(
        name=name,
        entities=[_entity(table)],
        ttl=ttl,
        schema=[Field(name=key, dtype=String), *(Field(name=f, dtype=Float64) for f in features)],
        source=FileSource(name=name, path=f"/nowhere/{name}.parquet", timestamp_field="event_timestamp"),
    )
