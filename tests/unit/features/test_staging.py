"""Outputs are whole or absent."""

from pathlib import Path

import pytest

from components.staging import staged


def test_a_finished_output_replaces_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "output"
    target.mkdir()
    (target / "old").touch()
    with staged(target) as draft:
        draft.mkdir()
        (draft / "new").touch()
    assert [path.name for path in target.iterdir()] == ["new"]


def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "output"
    target.write_text("old")

    def fail() -> None:
        with staged(target) as draft:
            draft.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("output", "old")]
