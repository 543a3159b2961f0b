"""The training step run once on the example's files."""

import pytest

from components.train.parameters import TrainingParameters
from components.train.training import train_network
from tests.examples.training.run import Run


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run whose network is trained."""
    run = Run(tmp_path_factory.mktemp("run"))
    run.write_inputs()
    parameters = TrainingParameters(epochs=4, batch_size=128, learning_rate=1e-2, device="cpu")
    train_network(run.training, run.network, parameters)
    return run
