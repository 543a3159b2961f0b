"""Sets of feature tables are written once, whole, and never changed."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from components.build_features.building import build_set
from components.build_features.feature_set import FeatureSet, feature_set
from components.build_features.writer import FeatureSetExistsError
from feature_repo.instants import parse_instant
from feature_repo.known import known_at
from feature_repo.views import VIEWS

FEBRUARY = parse_instant("2013-02-01")


@pytest.fixture(scope="module")
def early(typed: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """What is known of January."""
    known = known_at(typed, FEBRUARY)
    return {**known, "flights": known["flights"][known["flights"].scheduled_departure <= FEBRUARY]}


@pytest.fixture
def target(tmp_path: Path) -> FeatureSet:
    return feature_set(str(tmp_path), FEBRUARY)


def test_a_set_holds_its_tables_and_the_hash_of_each(
    early: dict[str, pd.DataFrame], target: FeatureSet
) -> None:
    manifest = build_set(target, early, FEBRUARY)
    assert target.manifest() == manifest
    assert set(manifest.tables) == {path.name for path in target.directory.glob("*.parquet")}


def test_building_again_changes_nothing(early: dict[str, pd.DataFrame], target: FeatureSet) -> None:
    build_set(target, early, FEBRUARY)
    before = {path: path.stat().st_mtime_ns for path in target.directory.iterdir()}
    build_set(target, early, FEBRUARY)
    assert {path: path.stat().st_mtime_ns for path in target.directory.iterdir()} == before


def test_a_set_with_other_contents_is_refused_by_the_tables_that_differ(
    early: dict[str, pd.DataFrame], target: FeatureSet
) -> None:
    build_set(target, early, FEBRUARY)
    with pytest.raises(FeatureSetExistsError, match=r"\(planes\.parquet\)"):
        build_set(target, {**early, "planes": early["planes"].iloc[1:]}, FEBRUARY)


def test_a_set_with_other_codes_is_refused(early: dict[str, pd.DataFrame], target: FeatureSet) -> None:
    build_set(target, early, FEBRUARY)
    with pytest.raises(FeatureSetExistsError, match=r"\(references\.json\)"):
        build_set(target, {**early, "airlines": early["airlines"].iloc[1:]}, FEBRUARY)


def test_a_set_of_other_definitions_is_refused(
    early: dict[str, pd.DataFrame], target: FeatureSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_set(target, early, FEBRUARY)
    monkeypatch.setitem(VIEWS, "weather", replace(VIEWS["weather"], ttl=timedelta(hours=12)))
    with pytest.raises(FeatureSetExistsError, match=r"\(registry\.pb\)"):
        build_set(target, early, FEBRUARY)


def test_a_killed_build_is_not_taken_for_a_set(early: dict[str, pd.DataFrame], target: FeatureSet) -> None:
    draft = target.directory.with_name(f".{target.directory.name}.partial")
    draft.mkdir(parents=True)
    (draft / "routes.parquet").write_text("half a table")
    build_set(target, early, FEBRUARY)
    lock_and_set = [".lock", target.directory.name]
    assert sorted(path.name for path in target.directory.parent.iterdir()) == lock_and_set
