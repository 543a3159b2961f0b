"""The exported network answers as the trained one does."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest
import torch

from components.train.export import export_network
from components.train.network import Network, Probability, build_network
from components.train.parameters import NetworkShape
from components.train.vocabulary import trained_vocabularies
from components.validate.scoring import Scorer
from serving.signature import Signature
from tests.examples.training import example
from tests.examples.training.run import Run

NAN = np.nan
CORNERS = {
    "nothing missing": (0, 3, 100, 120, 0.2),
    "a number missing": (0, 3, NAN, 120, 0.2),
    "a code missing": (NAN, 3, 100, 120, 0.2),
    "an hour missing": (0, NAN, 100, 120, 0.2),
    "everything missing": (NAN, NAN, NAN, NAN, NAN),
    "a listed code that training did not see": (5, 3, 100, 120, 0.2),
    "a code beyond the list": (99, 3, 100, 120, 0.2),
    "a code before the list": (-7, 3, 100, 120, 0.2),
    "a ratio over zero": (0, 3, 100, 0, 0.2),
    "an absurd number": (0, 3, 1e30, 120, 0.2),
    "an infinite number": (0, 3, np.inf, 120, 0.2),
}


@pytest.fixture(scope="module")
def network() -> Network:
    frame = example.as_frame(example.TRAINING_MONTHS, 3000, 1)
    signature = example.SIGNATURE.trained(
        trained_vocabularies(example.SIGNATURE, frame.features),
        frame.times[0].to_pydatetime(),
        frame.times[-1].to_pydatetime(),
    )
    # Large weights make a difference between the two run times show.
    network = build_network(signature, torch.from_numpy(frame.features), NetworkShape(), seed=3)
    with torch.no_grad():
        for weights in network.parameters():
            weights.mul_(2)
    return network.eval()


@pytest.fixture(scope="module")
def exported(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "model.onnx"
    export_network(network, len(example.SIGNATURE.features), path)
    return path


def _torch(network: Network, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    with torch.inference_mode():
        return Probability(network)(torch.from_numpy(rows)).numpy().ravel()


@pytest.mark.parametrize("corner", CORNERS)
def test_onnx_and_torch_agree_on_a_single_row(network: Network, exported: Path, corner: str) -> None:
    row = np.array([CORNERS[corner]], dtype=np.float32)
    np.testing.assert_allclose(Scorer(exported).score(row), _torch(network, row), rtol=0, atol=1e-5)


@pytest.mark.parametrize("rows", [2, 1000, 70_000])
def test_onnx_and_torch_agree_on_batches(network: Network, exported: Path, rows: int) -> None:
    features = example.as_frame(example.TEST_MONTHS, rows, 4, depots=6).features
    np.testing.assert_allclose(Scorer(exported).score(features), _torch(network, features), rtol=0, atol=1e-5)


def test_a_row_scores_the_same_alone_and_in_a_batch(exported: Path) -> None:
    rows = np.array(list(CORNERS.values()), dtype=np.float32)
    scorer = Scorer(exported)
    alone = [scorer.score(row[None])[0] for row in rows]
    np.testing.assert_allclose(scorer.score(rows), alone, rtol=0, atol=1e-6)


@pytest.mark.parametrize("corner", [name for name in CORNERS if "code" in name and name != "nothing missing"])
def test_every_unknown_code_scores_as_a_missing_one(exported: Path, corner: str) -> None:
    rows = np.array([CORNERS[corner], CORNERS["a code missing"]], dtype=np.float32)
    unknown, missing = Scorer(exported).score(rows)
    assert unknown == missing


def test_the_file_says_what_it_takes_and_gives(exported: Path) -> None:
    session = onnxruntime.InferenceSession(str(exported), providers=["CPUExecutionProvider"])
    (taken,), (given,) = session.get_inputs(), session.get_outputs()
    assert (taken.name, taken.type, taken.shape[1]) == ("features", "tensor(float)", 5)
    assert (given.name, given.type, given.shape[1]) == ("probability", "tensor(float)", 1)


def test_the_file_holds_its_weights(exported: Path) -> None:
    assert [path.name for path in exported.parent.iterdir()] == ["model.onnx"]
    assert not any(
        onnx.external_data_helper.uses_external_data(t) for t in onnx.load(exported).graph.initializer
    )


def test_the_trained_signature_is_beside_the_network(run: Run) -> None:
    signature = Signature.read(run.network / "signature.json")
    assert signature.vocabularies == {"depot_code": example.DEPOTS[: example.SEEN_DEPOTS]}
    assert signature.training_range is not None
