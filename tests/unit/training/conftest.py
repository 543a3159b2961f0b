"""A network over the example, trained for a moment, and its rows."""

import pytest

from components.train.frame import Frame
from components.train.network import Network
from components.train.vocabulary import trained_vocabularies
from serving.signature import Signature
from tests.examples.training import example


@pytest.fixture(scope="session")
def training_rows() -> Frame:
    return example.as_frame(example.TRAINING_MONTHS, 4000, 1)


@pytest.fixture(scope="session")
def validation_rows() -> Frame:
    return example.as_frame(example.VALIDATION_MONTHS, 1500, 2)


@pytest.fixture(scope="session")
def test_rows() -> Frame:
    return example.as_frame(example.TEST_MONTHS, 4000, 3)


@pytest.fixture(scope="session")
def trained_signature(training_rows: Frame) -> Signature:
    vocabularies = trained_vocabularies(example.SIGNATURE, training_rows.features)
    start, end = training_rows.times[0].to_pydatetime(), training_rows.times[-1].to_pydatetime()
    return example.SIGNATURE.trained(vocabularies, start, end)


@pytest.fixture(scope="session")
def network(trained_signature: Signature, training_rows: Frame, validation_rows: Frame) -> Network:
    return example.train_quickly(trained_signature, training_rows, validation_rows, epochs=2)[0].eval()
