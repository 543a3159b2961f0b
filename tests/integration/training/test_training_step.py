"""The training step writes its directory whole or not at all, and can be run again."""

from pathlib import Path

import pytest

from components.train import training
from components.train.parameters import TrainingParameters
from components.train.training import train_network
from tests.examples.training.run import Run

BRIEF = TrainingParameters(epochs=1, batch_size=512, device="cpu")


def test_a_step_that_was_killed_can_be_run_again(run: Run, tmp_path: Path) -> None:
    partial = tmp_path / ".network.partial"
    partial.mkdir()
    (partial / "model.onnx").write_bytes(b"half")
    train_network(run.training, tmp_path / "network", BRIEF)
    assert sorted(path.name for path in (tmp_path / "network").iterdir()) == ["model.onnx", "signature.json"]
    assert not partial.exists()


def test_what_was_there_stays_until_a_successor_is_complete(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no export")

    monkeypatch.setattr(training, "export_network", fail)
    target = tmp_path / "network"
    target.mkdir()
    (target / "model.onnx").write_bytes(b"before")
    with pytest.raises(RuntimeError, match="no export"):
        train_network(run.training, target, BRIEF)
    assert (target / "model.onnx").read_bytes() == b"before"
