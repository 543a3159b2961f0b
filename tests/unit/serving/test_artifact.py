import os
import pickle
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from serving.artifact import (
    DETECTOR_KINDS,
    ENTRIES,
    InvalidModelDirectoryError,
    assemble,
    check,
    content_hash,
    read,
)
from serving.signature import Signature
from tests.examples.serving.model_parts import CARD, METRICS, TRAINED_SIGNATURE, Parts, write_parts


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return write_parts(tmp_path / "parts")


@pytest.fixture
def model(parts: Parts, tmp_path: Path) -> Path:
    parts.assemble(tmp_path / "model")
    return tmp_path / "model"


def test_an_assembled_directory_has_every_entry_and_nothing_else(model: Path) -> None:
    assert sorted(path.name for path in model.iterdir()) == sorted(ENTRIES)


def test_what_was_assembled_is_read_back(model: Path) -> None:
    directory = read(model)
    assert directory.signature == TRAINED_SIGNATURE
    assert directory.metrics == METRICS
    assert directory.card.read_text() == CARD
    assert directory.network.read_bytes() == b"onnx bytes"
    assert directory.registry.read_bytes() == b"feast registry"
    assert (directory.detector("drift") / "nested" / "weights.npy").is_file()


def test_assembling_returns_the_hash_by_which_the_directory_is_checked(parts: Parts, tmp_path: Path) -> None:
    returned = parts.assemble(tmp_path / "model")
    assert check(tmp_path / "model", returned) == returned


def test_the_same_parts_give_the_same_hash_at_another_place_and_time(parts: Parts, tmp_path: Path) -> None:
    first = parts.assemble(tmp_path / "first")
    second = parts.assemble(tmp_path / "elsewhere" / "second")
    os.utime(tmp_path / "first" / "model.onnx", (0, 0))
    assert first == second == content_hash(tmp_path / "first")


def test_the_hash_is_that_of_standard_tools(model: Path) -> None:
    script = "find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum"
    output = subprocess.run(["bash", "-c", script], cwd=model, check=True, capture_output=True, text=True)
    assert content_hash(model) == output.stdout.split()[0]


def test_a_changed_byte_and_a_changed_name_change_the_hash(model: Path) -> None:
    original = content_hash(model)
    (model / "registry.pb").write_bytes(b"feast registrY")
    changed = content_hash(model)
    (model / "detectors" / "drift" / "config.toml").rename(model / "detectors" / "drift" / "other.toml")
    assert len({original, changed, content_hash(model)}) == 3


def test_an_assembled_directory_replaces_an_older_one(model: Path, tmp_path: Path) -> None:
    old = content_hash(model)
    new = write_parts(tmp_path / "newer", network=b"better").assemble(model)
    assert new != old
    assert check(model, new) == new


def test_what_a_killed_assembly_left_does_not_disturb_the_next(parts: Parts, tmp_path: Path) -> None:
    (tmp_path / ".model.partial").mkdir()
    (tmp_path / ".model.partial" / "half").write_text("written")
    parts.assemble(tmp_path / "model")
    assert not (tmp_path / ".model.partial").exists()


def test_a_replacement_killed_between_its_two_moves_is_undone_first(model: Path, tmp_path: Path) -> None:
    kept = content_hash(model)
    model.rename(tmp_path / ".model.replaced")
    incomplete = write_parts(tmp_path / "incomplete", network=b"")
    with pytest.raises(InvalidModelDirectoryError):
        incomplete.assemble(model)
    assert check(model, kept) == kept


@pytest.mark.parametrize("part", ["network/model.onnx", "network/signature.json", "contract/registry.pb"])
def test_a_missing_part_is_named_and_nothing_is_written(part: str, parts: Parts, tmp_path: Path) -> None:
    (parts.network.parent / part).unlink()
    with pytest.raises(InvalidModelDirectoryError, match=f"{part} is missing"):
        parts.assemble(tmp_path / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["parts"]


def test_a_metric_that_is_no_number_is_refused(parts: Parts, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        assemble(
            tmp_path / "model",
            network=parts.network,
            contract=parts.contract,
            detectors=parts.detectors,
            metrics={"auc": float("nan")},
            card=CARD,
        )


@pytest.mark.parametrize("entry", [name for name in ENTRIES if name != "detectors"])
def test_a_missing_entry_is_named(entry: str, model: Path) -> None:
    (model / entry).unlink()
    with pytest.raises(InvalidModelDirectoryError, match=f"lacks {entry}"):
        check(model)


@pytest.mark.parametrize("kind", DETECTOR_KINDS)
def test_a_missing_detector_is_named(kind: str, model: Path) -> None:
    (model / "detectors" / kind).rename(model.parent / kind)
    with pytest.raises(InvalidModelDirectoryError, match=f"lacks {kind}"):
        check(model)


@pytest.mark.parametrize("place", [".", "detectors"])
def test_an_unknown_entry_is_named(place: str, model: Path) -> None:
    (model / place / "notes.txt").write_text("hello")
    with pytest.raises(InvalidModelDirectoryError, match=r"unknown entries: notes\.txt"):
        check(model)


@pytest.mark.parametrize("name", ["model.pkl", "model.dill", "model.pickle", "model.json", "model"])
def test_a_detector_file_of_another_kind_is_refused(name: str, model: Path) -> None:
    (model / "detectors" / "outlier" / name).write_bytes(pickle.dumps({}))
    with pytest.raises(InvalidModelDirectoryError, match=f"{name} is of another kind"):
        check(model)


def test_a_changed_registry_is_refused_by_the_hash(model: Path) -> None:
    expected = content_hash(model)
    (model / "registry.pb").write_bytes(b"other code")
    with pytest.raises(InvalidModelDirectoryError, match=f"not the expected {expected}"):
        read(model, expected)


def test_the_hash_is_compared_before_anything_is_parsed(model: Path) -> None:
    expected = content_hash(model)
    (model / "signature.json").write_text("{")
    with pytest.raises(InvalidModelDirectoryError, match="content hash"):
        check(model, expected)


def _link(model: Path) -> None:
    (model / "model.onnx").unlink()
    (model / "model.onnx").symlink_to("/etc/hostname")


def _untrain(model: Path) -> None:
    signature = Signature.read(model / "signature.json")
    signature.model_copy(update={"training_range": None}).write(model / "signature.json")


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [
        (lambda model: (model / "model.onnx").write_bytes(b""), r"model\.onnx is empty or no file"),
        (lambda model: (model / "signature.json").write_text("{}"), "cannot be read"),
        (lambda model: (model / "metrics.json").write_text("[]"), r"metrics\.json is no JSON object"),
        (lambda model: (model / "metrics.json").write_text("{"), "cannot be read"),
        (_untrain, r"signature\.json is not that of a trained model"),
        (_link, r"model\.onnx is neither a plain file nor a directory"),
    ],
    ids=["empty network", "no signature", "list of metrics", "torn metrics", "untrained", "link"],
)
def test_a_broken_entry_is_refused(break_it: Callable[[Path], object], reason: str, model: Path) -> None:
    break_it(model)
    with pytest.raises(InvalidModelDirectoryError, match=reason):
        check(model)


def test_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidModelDirectoryError, match="is no directory"):
        check(tmp_path / "nowhere")
