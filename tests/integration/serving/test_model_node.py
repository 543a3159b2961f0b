"""What the nodes `outliers` and `model` answer: as the detector and the network say, in row order."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from serving.artifact import InvalidModelDirectoryError, read
from serving.detectors.outlier import OutlierDetector
from serving.model import Model
from serving.outliers import Outliers
from tests.examples.serving.served_model import FEATURES, ServedModel, training_rows, write_served_model


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    return write_served_model(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def model(served: ServedModel) -> Model:
    node = Model(served.settings())
    node.load()
    return node


@pytest.fixture(scope="module")
def outliers(served: ServedModel) -> Outliers:
    node = Outliers(served.settings())
    node.load()
    return node


def rows_with_gaps() -> np.ndarray:
    rows = training_rows(100).astype(np.float64)
    rows[::3, 4] = np.nan
    return rows


def test_probabilities_are_those_of_the_network(served: ServedModel, model: Model) -> None:
    rows = rows_with_gaps()
    session = onnxruntime.InferenceSession(served.directory / "model.onnx")
    [expected] = session.run(["probability"], {"rows": rows.astype(np.float32)})
    np.testing.assert_allclose(model.predict(rows, FEATURES), expected, rtol=1e-6)
    assert model.class_names() == ["probability"]


def test_a_batch_is_answered_as_its_rows_are(model: Model) -> None:
    rows = rows_with_gaps()
    one_by_one = np.concatenate([model.predict(row[None], FEATURES) for row in rows])
    np.testing.assert_allclose(model.predict(rows, FEATURES), one_by_one, rtol=1e-6)


def test_the_network_runs_on_one_thread(model: Model) -> None:
    options = model._session.get_session_options()
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)


def test_outlier_tags_are_those_of_the_detector(served: ServedModel, outliers: Outliers) -> None:
    rows = rows_with_gaps()
    rows[7, FEATURES.index("distance")] = 100_000
    detector = OutlierDetector.load(read(served.directory).detector("outlier"))
    tags = outliers.transform_input(rows, FEATURES).tags
    np.testing.assert_allclose(tags["outlier_score"], detector.score(rows.astype(np.float32)))
    assert tags["outlier"] == detector.flag(rows.astype(np.float32)).tolist()
    assert tags["outlier"][7]


def test_outliers_passes_its_rows_on(outliers: Outliers) -> None:
    rows = rows_with_gaps()
    np.testing.assert_array_equal(outliers.transform_input(rows, FEATURES).data, rows)
    assert outliers.class_names() == FEATURES


@pytest.mark.parametrize("node", [Model, Outliers])
def test_another_model_than_the_settings_name_is_not_loaded(
    served: ServedModel, node: type[Model | Outliers]
) -> None:
    with pytest.raises(InvalidModelDirectoryError):
        node(served.settings(model_hash="0" * 64)).load()


@pytest.mark.parametrize("node", [Model, Outliers])
def test_a_torn_model_is_not_loaded(tmp_path: Path, node: type[Model | Outliers]) -> None:
    served = write_served_model(tmp_path)
    (served.directory / "metrics.json").write_text("{ }\n")
    with pytest.raises(InvalidModelDirectoryError):
        node(served.settings()).load()
