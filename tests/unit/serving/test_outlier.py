"""The outlier detector finds rows that contradict themselves or leave what training allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from serving.detectors.outlier import OutlierDetector

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.unit.serving.conftest import Watched


def spoiled(watched: Watched, name: str, value: float) -> NDArray[np.float32]:
    rows = watched.rows[:500].copy()
    rows[:, watched.column(name)] = value
    return rows


def test_few_training_rows_are_outliers(watched: Watched, outlier_detector: OutlierDetector) -> None:
    assert outlier_detector.flag(watched.rows).mean() == pytest.approx(0.003, abs=0.001)


@pytest.mark.parametrize(("name", "value"), [("size", 5000), ("stock", 1048), ("warmth", 200)])
def test_values_far_outside_of_training_are_found(
    watched: Watched, outlier_detector: OutlierDetector, name: str, value: float
) -> None:
    assert outlier_detector.flag(spoiled(watched, name, value)).all()


def test_values_that_are_sound_alone_but_not_together_are_found(
    watched: Watched, outlier_detector: OutlierDetector
) -> None:
    rows = watched.rows[~np.isnan(watched.rows[:, watched.column("damp")])][:500].copy()
    rows[:, watched.column("damp")] = rows[:, watched.column("warmth")] + 10
    assert outlier_detector.flag(rows).mean() > 0.99


def test_a_row_scores_the_same_alone_and_again(watched: Watched, outlier_detector: OutlierDetector) -> None:
    together = outlier_detector.score(watched.rows[:50])
    alone = np.concatenate([outlier_detector.score(watched.rows[i : i + 1]) for i in range(50)])
    np.testing.assert_allclose(alone, together, rtol=1e-9)


def test_a_missing_value_neither_accuses_nor_excuses(
    watched: Watched, outlier_detector: OutlierDetector
) -> None:
    rows = watched.rows[:2000].copy()
    rows[:, watched.column("warmth")] = np.nan
    assert outlier_detector.flag(rows).mean() < 0.02
    rows[:, watched.column("size")] = 5000
    assert outlier_detector.flag(rows).all()


def test_a_row_with_nothing_known_is_no_outlier(watched: Watched, outlier_detector: OutlierDetector) -> None:
    nothing = np.full((1, watched.rows.shape[1]), np.nan, dtype=np.float32)
    assert not outlier_detector.flag(nothing)[0]


def test_no_row_gives_no_score(watched: Watched, outlier_detector: OutlierDetector) -> None:
    assert outlier_detector.score(watched.rows[:0]).shape == (0,)


def test_only_numbers_that_vary_are_scored(outlier_detector: OutlierDetector) -> None:
    assert outlier_detector.settings.features == ("size", "warmth", "damp", "stock")


def test_a_feature_that_never_varied_says_nothing_later(
    watched: Watched, outlier_detector: OutlierDetector
) -> None:
    rows = watched.rows[:100]
    later = spoiled(watched, "edition", 2014)[:100]
    np.testing.assert_array_equal(outlier_detector.score(later), outlier_detector.score(rows))


def test_rows_of_another_width_are_refused(watched: Watched, outlier_detector: OutlierDetector) -> None:
    with pytest.raises(ValueError, match="7 features"):
        outlier_detector.score(watched.rows[:, :3])


def test_rows_in_which_nothing_varies_cannot_be_fitted(watched: Watched) -> None:
    constant = np.ones_like(watched.rows)
    with pytest.raises(ValueError, match="no numeric feature varies"):
        OutlierDetector.fit(constant, watched.signature)


def test_a_loaded_detector_scores_as_the_saved_one(
    watched: Watched, outlier_detector: OutlierDetector, tmp_path: Path
) -> None:
    outlier_detector.save(tmp_path / "outlier")
    loaded = OutlierDetector.load(tmp_path / "outlier")
    np.testing.assert_array_equal(loaded.score(watched.rows), outlier_detector.score(watched.rows))
    assert loaded.settings == outlier_detector.settings
