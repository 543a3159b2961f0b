"""What lies in a detector's directory: settings and arrays; anything else is refused by name."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from serving.detectors.arrays import InvalidDetectorError
from serving.detectors.figures import DetectorFigures
from serving.detectors.gaussian import Gaussian
from serving.detectors.outlier import OutlierDetector, OutlierSettings


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    settings = OutlierSettings(
        kind="outlier", version=1, inputs=3, columns=(0, 2), features=("a", "c"), threshold=5.0
    )
    detector = OutlierDetector(settings, np.zeros(2), np.ones(2), Gaussian(np.zeros(2), np.eye(2)))
    detector.save(tmp_path / "outlier")
    return tmp_path / "outlier"


def test_a_detector_is_settings_and_arrays(directory: Path) -> None:
    names = {path.name for path in directory.iterdir()}
    assert names == {"detector.toml", "medians.npy", "scales.npy", "mean.npy", "covariance.npy"}


def test_a_saved_detector_is_never_written_over(directory: Path) -> None:
    detector = OutlierDetector.load(directory)
    with pytest.raises(FileExistsError, match="not empty"):
        detector.save(directory)


@pytest.mark.parametrize("name", ["detector.dill", "state.pickle", "notes.txt"])
def test_a_file_of_another_kind_is_refused(directory: Path, name: str) -> None:
    (directory / name).write_bytes(b"x")
    with pytest.raises(InvalidDetectorError, match=name):
        OutlierDetector.load(directory)


def test_a_pickle_in_the_place_of_an_array_is_refused_unread(directory: Path) -> None:
    class Harmful:
        def __reduce__(self) -> tuple[Any, ...]:
            return (open, (str(directory / "harm"), "w"))

    (directory / "mean.npy").write_bytes(pickle.dumps(Harmful()))
    with pytest.raises(InvalidDetectorError, match=r"mean\.npy"):
        OutlierDetector.load(directory)
    assert not (directory / "harm").exists()


def test_an_array_of_objects_is_refused(directory: Path) -> None:
    np.save(directory / "mean.npy", np.array([{}, {}], dtype=object), allow_pickle=True)
    with pytest.raises(InvalidDetectorError, match=r"mean\.npy"):
        OutlierDetector.load(directory)


@pytest.mark.parametrize("array", [np.zeros(3), np.zeros((2, 1)), np.array(["a", "b"])])
def test_an_array_of_another_shape_or_type_is_refused(directory: Path, array: NDArray[Any]) -> None:
    np.save(directory / "mean.npy", array)
    with pytest.raises(InvalidDetectorError, match=r"mean\.npy"):
        OutlierDetector.load(directory)


@pytest.mark.parametrize("name", ["mean.npy", "detector.toml"])
def test_a_missing_file_is_named(directory: Path, name: str) -> None:
    (directory / name).unlink()
    with pytest.raises(InvalidDetectorError, match=name):
        OutlierDetector.load(directory)


def test_a_torn_array_is_named(directory: Path) -> None:
    content = (directory / "covariance.npy").read_bytes()
    (directory / "covariance.npy").write_bytes(content[:-8])
    with pytest.raises(InvalidDetectorError, match=r"covariance\.npy"):
        OutlierDetector.load(directory)


def test_a_link_is_refused(directory: Path, tmp_path: Path) -> None:
    (directory / "mean.npy").rename(tmp_path / "elsewhere.npy")
    (directory / "mean.npy").symlink_to(tmp_path / "elsewhere.npy")
    with pytest.raises(InvalidDetectorError, match=r"mean\.npy"):
        OutlierDetector.load(directory)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('kind = "outlier"', 'kind = "drift"'),
        ("version = 1", "version = 2"),
        ("threshold = 5.0", 'threshold = "5"'),
        ("threshold = 5.0", "threshold = nan"),
        ("threshold = 5.0", "threshold = 5.0\nhook = 1"),
        ("threshold = 5.0", "threshold ="),
    ],
)
def test_other_settings_are_refused(directory: Path, old: str, new: str) -> None:
    path = directory / "detector.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(InvalidDetectorError, match=r"detector\.toml"):
        OutlierDetector.load(directory)


def figures() -> dict[str, Any]:
    window = {"window_hours": 24, "minimum_rows": 450, "windows": 200, "false_alarm_share": 0.05}
    untouched = {"untouched_test_alarm_share": 0.1, "untouched_test_windows": 30}
    return {
        "outlier": {"faults": {"hot": 1.0}, "false_alarm_share": 0.002, "rows": 9000},
        "drift": {
            **window,
            **untouched,
            "limits": {"outliers": 0.03},
            "faults": {"lost": {"found_share": 1.0, "windows": 60, "by": {}}},
        },
        "prediction": {**window, **untouched, "limit": 0.4},
    }


def test_figures_are_read_as_written(tmp_path: Path) -> None:
    written = DetectorFigures.model_validate(figures())
    written.write(tmp_path)
    assert DetectorFigures.read(tmp_path) == written


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan"), "1"])
def test_a_share_is_a_number_between_0_and_1(share: object) -> None:
    spoiled = figures()
    spoiled["outlier"]["false_alarm_share"] = share
    with pytest.raises(ValueError, match="false_alarm_share"):
        DetectorFigures.model_validate(spoiled)


@pytest.mark.parametrize("detector", ["outlier", "drift"])
def test_figures_of_detectors_that_were_never_tried_are_refused(detector: str) -> None:
    untried = figures()
    untried[detector]["faults"] = {}
    with pytest.raises(ValueError, match=f"{detector}.faults"):
        DetectorFigures.model_validate(untried)
