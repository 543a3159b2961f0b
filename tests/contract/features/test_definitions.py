"""The Feast definitions, the model's features and the contract agree."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from components.retrieve_features.contract import signature, write_contract
from feature_repo.request import FIELDS, derive
from feature_repo.services import FEATURES, feature_service
from feature_repo.transformations.inputs import inputs
from feature_repo.views import VIEWS, View, feast_view
from serving.signature import Signature

REFERENCES = {"airlines": ["AA", "UA"], "airports": ["EWR", "IAH"]}
NOON = datetime(2013, 5, 1, 16, tzinfo=UTC)


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_a_view_is_its_keys_its_features_and_the_instant_it_is_known(view: View) -> None:
    schema = view.transformation(inputs(NOON)).schema()
    used = {feature.name.removeprefix(f"{view.name}__") for feature in FEATURES if feature.view == view.name}
    assert set(schema.names) == {*view.keys, "event_timestamp"} | used


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_feast_knows_a_view_as_the_transformation_makes_it(view: View) -> None:
    defined = feast_view(view, "/store/table.parquet")
    fields = view.transformation(inputs(NOON)).schema().names
    assert {field.name for field in defined.schema} == set(fields) - {"event_timestamp"}
    assert set(defined.join_keys) == set(view.keys)


def test_times_to_live_are_the_designs() -> None:
    hours = {
        name: None if view.ttl is None else view.ttl.total_seconds() / 3600 for name, view in VIEWS.items()
    }
    assert hours == {"weather": 6, "planes": None, "routes": 14 * 24, "origins": 1, "tails": 48}


def test_the_feature_service_serves_the_stored_features_and_no_others() -> None:
    service = feature_service([feast_view(view, "/store/table.parquet") for view in VIEWS.values()])
    served = {
        f"{projection.name}__{field.name}"
        for projection in service.feature_view_projections
        for field in projection.features
    }
    assert served == {feature.name for feature in FEATURES if feature.view is not None}


def test_what_the_request_gives_is_what_the_signature_says() -> None:
    empty = pd.DataFrame({field.name: pd.Series(dtype="object") for field in FIELDS})
    empty["scheduled_departure"] = pd.Series(dtype="datetime64[us, UTC]")
    derived = list(derive(empty, REFERENCES).columns)
    assert derived == [feature.name for feature in FEATURES if feature.view is None]


def test_no_feature_is_named_like_a_request_field() -> None:
    assert {feature.name for feature in FEATURES}.isdisjoint(field.name for field in FIELDS)


def test_the_season_is_no_feature() -> None:
    assert not [
        feature.name for feature in FEATURES if "month" in feature.name or "day_of_year" in feature.name
    ]


def test_the_contract_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    registry = tmp_path / "registry.pb"
    registry.write_bytes(b"registry")
    (tmp_path / "contract").mkdir()
    write_contract(tmp_path / "contract", REFERENCES, registry)
    assert Signature.read(tmp_path / "contract" / "signature.json") == signature(REFERENCES)
    assert (tmp_path / "contract" / "registry.pb").read_bytes() == b"registry"
