"""The command line that asks a served model: what it says where nothing that can be asked is published."""

import sys
from pathlib import Path

import pytest

from serving.__main__ import main


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a manifest would be published; nothing is."""
    monkeypatch.setenv("ONTIME_PUBLISH_URI", str(tmp_path))
    (tmp_path / "ontime").mkdir()
    return tmp_path / "ontime" / "seldondeployment.yaml"


def ran(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["serving", *arguments])
    return main()


@pytest.mark.usefixtures("manifest")
def test_help_needs_nothing_published(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ran(monkeypatch, "--help") == 0
    assert "predict" in capsys.readouterr().out


def test_the_help_of_predict_says_what_it_needs(
    manifest: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ran(monkeypatch, "predict", "--help") == 2
    said = f"Error: nothing is published at {manifest}: publish a model first (`make demo` does)\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("text", ["", "metadata: {}", "metadata: {annotations: null}", "[", "a: 1"])
def test_a_manifest_that_names_no_model_is_told_in_one_sentence(
    manifest: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    manifest.write_text(text)
    assert ran(monkeypatch, "predict") == 2
    assert capsys.readouterr().err == f"Error: {manifest} does not say where its model lies\n"
