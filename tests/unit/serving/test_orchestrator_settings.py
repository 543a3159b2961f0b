"""What the orchestrator is told in variables is its own: no other program stumbles over them."""

from pathlib import Path

import pytest

from components.settings import Settings
from serving.local.orchestrator.__main__ import main
from serving.local.orchestrator.settings import OrchestratorSettings
from serving.local.settings import LocalSettings


def test_it_listens_for_this_machine_alone_unless_told() -> None:
    settings = OrchestratorSettings.from_environment()
    assert (settings.host, settings.annotations) == ("127.0.0.1", Path("/etc/podinfo/annotations"))


def test_a_misspelt_variable_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    arguments = ["--sdep", "parcels", "--namespace", "ontime", "--predictor", "default"]
    monkeypatch.setattr("sys.argv", ["orchestrator", *arguments])
    monkeypatch.setenv("ONTIME_ORCHESTRATOR_HOTS", "0.0.0.0")
    assert main() == 1
    assert len(caplog.messages) == 1
    assert "unknown settings: ONTIME_ORCHESTRATOR_HOTS" in caplog.text


def test_programs_beside_it_leave_its_variables_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONTIME_FEATURE_STORE_URI", "s3://ontime/features")
    monkeypatch.setenv("ONTIME_ONLINE_STORE", "redis://store:6379/0")
    monkeypatch.setenv("ONTIME_ORCHESTRATOR_HOST", "0.0.0.0")
    assert OrchestratorSettings.from_environment().host == "0.0.0.0"
    Settings.from_environment()
    LocalSettings.from_environment()
