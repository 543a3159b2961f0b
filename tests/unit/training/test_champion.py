"""The model that is being served under a name."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from components.train.frame import Frame
from components.validate.champion import (
    IncomparableChampionError,
    champion_features,
    published_champion,
)
from feature_repo.schema import Family, Feature, Kind
from serving.artifact import InvalidModelDirectoryError
from serving.deployment.model import MODEL_HASH
from serving.signature import Signature
from tests.examples.training import example


def _changed(**update: Any) -> Signature:
    return example.SIGNATURE.model_copy(update=update)


def test_nothing_is_served_where_nothing_was_published(tmp_path: Path) -> None:
    assert published_champion(tmp_path / "parcels") is None


def test_a_manifest_whose_model_is_gone_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "parcels").mkdir()
    manifest = {"metadata": {"annotations": {MODEL_HASH: "a" * 64}}}
    (tmp_path / "parcels" / "seldondeployment.yaml").write_text(yaml.safe_dump(manifest))
    with pytest.raises(InvalidModelDirectoryError):
        published_champion(tmp_path / "parcels")


def test_a_champion_gets_its_columns_in_its_own_order(test_rows: Frame) -> None:
    champion = _changed(features=example.SIGNATURE.features[::-1])
    columns = champion_features(champion, example.SIGNATURE, test_rows)
    np.testing.assert_array_equal(columns, test_rows.features[:, ::-1])


def test_a_category_is_translated_into_the_champions_reference_list(test_rows: Frame) -> None:
    champion = _changed(references={"depots": ("BER", "AMS")})
    translated = champion_features(champion, example.SIGNATURE, test_rows)[:, 0]
    expected = {0: 1.0, 1: 0.0}
    np.testing.assert_array_equal(
        translated, [expected.get(int(code), np.nan) for code in test_rows.features[:, 0]]
    )


def test_a_champion_that_reads_what_the_frames_lack_cannot_be_compared(test_rows: Frame) -> None:
    lacking = Feature(name="weight", kind=Kind.NUMBER, family=Family.STABLE)
    champion = _changed(features=(*example.SIGNATURE.features, lacking))
    with pytest.raises(IncomparableChampionError, match="the frames lack weight"):
        champion_features(champion, example.SIGNATURE, test_rows)


def test_a_champion_that_reads_a_feature_of_another_kind_cannot_be_compared(test_rows: Frame) -> None:
    depot, *others = example.SIGNATURE.features
    number = Feature(name=depot.name, kind=Kind.NUMBER, family=Family.STABLE)
    champion = _changed(features=(number, *others))
    with pytest.raises(IncomparableChampionError, match=f"the frames lack {depot.name}"):
        champion_features(champion, example.SIGNATURE, test_rows)
