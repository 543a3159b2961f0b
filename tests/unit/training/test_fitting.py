"""The fitting loop: reproducible, and left with its best epoch."""

from dataclasses import replace

import pytest
import torch

from components.train.fitting import Rows, evaluate
from components.train.frame import Frame
from components.train.history import History
from components.train.network import Network
from serving.signature import Signature
from tests.examples.training.example import CPU, train_quickly


@pytest.fixture(scope="module")
def fitted(
    trained_signature: Signature, training_rows: Frame, validation_rows: Frame
) -> tuple[Network, History]:
    return train_quickly(trained_signature, training_rows, validation_rows, epochs=6, patience=2)


def test_the_network_learns(fitted: tuple[Network, History]) -> None:
    assert fitted[1].best.validation_auc > 0.7


def test_the_kept_epoch_has_the_best_validation_auc(fitted: tuple[Network, History]) -> None:
    assert fitted[1].best.validation_auc == max(epoch.validation_auc for epoch in fitted[1].epochs)


def test_the_network_is_left_with_the_weights_of_the_kept_epoch(
    fitted: tuple[Network, History], validation_rows: Frame
) -> None:
    network, history = fitted
    assert evaluate(network, Rows.of(validation_rows, CPU))[1] == history.best.validation_auc


def test_training_stops_when_patience_ends(
    trained_signature: Signature, training_rows: Frame, validation_rows: Frame
) -> None:
    shuffled = replace(training_rows, labels=training_rows.labels[::-1].copy())
    history = train_quickly(trained_signature, shuffled, validation_rows, epochs=30, patience=1)[1]
    assert len(history.epochs) == history.kept + 1


def test_the_same_seed_gives_the_same_weights(
    trained_signature: Signature, training_rows: Frame, validation_rows: Frame
) -> None:
    first, second = (
        train_quickly(trained_signature, training_rows, validation_rows, epochs=1, seed=7)[0].state_dict()
        for _ in range(2)
    )
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_another_seed_gives_other_weights(
    trained_signature: Signature, training_rows: Frame, validation_rows: Frame
) -> None:
    first, second = (
        train_quickly(trained_signature, training_rows, validation_rows, epochs=1, seed=seed)[0].state_dict()
        for seed in (1, 2)
    )
    assert not torch.equal(first["layers.0.weight"], second["layers.0.weight"])


def test_the_global_random_state_and_threads_stay_as_they_were(
    trained_signature: Signature, training_rows: Frame, validation_rows: Frame
) -> None:
    before = (torch.random.get_rng_state().tolist(), torch.get_num_threads())
    train_quickly(trained_signature, training_rows, validation_rows, epochs=1)
    assert (torch.random.get_rng_state().tolist(), torch.get_num_threads()) == before


def test_validation_rows_of_one_label_are_refused(
    trained_signature: Signature, training_rows: Frame, validation_rows: Frame
) -> None:
    one_label = replace(validation_rows, labels=validation_rows.labels * 0)
    with pytest.raises(ValueError, match="all of one label"):
        train_quickly(trained_signature, training_rows, one_label, epochs=1)
