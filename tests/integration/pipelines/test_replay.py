"""A replay that cannot be done says so, and leaves nothing running."""

import socket
from pathlib import Path

import psutil
import pytest
import yaml
from rich.console import Console

from pipelines.replay import Days, Replay, ReplayFailedError
from serving.local.ports import free_ports
from serving.replay.rehearsal import STORES
from serving.settings import SettingsError

DAYS = Days(as_of="2013-10-03", start="2013-10-01", end="2013-10-03")
CONTAINER = {"env": [{"name": name, "value": "sqlite:////published.db"} for name in STORES]}
MANIFEST = {"spec": {"predictors": [{"componentSpecs": [{"spec": {"containers": [CONTAINER]}}]}]}}


@pytest.fixture
def replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Replay:
    monkeypatch.setenv("ONTIME_FEATURE_STORE_URI", str(tmp_path / "empty"))
    return Replay.new(tmp_path, DAYS)


def running() -> list[int]:
    return [child.pid for child in psutil.Process().children(recursive=True)]


def test_a_port_that_is_none_is_told_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONTIME_LOCAL_REST_PORT", "http")
    with pytest.raises(SettingsError, match="ONTIME_LOCAL_REST_PORT"):
        Replay.new(tmp_path, DAYS)


def test_a_port_that_somebody_has_is_told_with_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        names = ("REST", "GRPC", "MONITOR")
        for name, chosen in zip(names, (*free_ports(2), port), strict=True):
            monkeypatch.setenv(f"ONTIME_LOCAL_{name}_PORT", str(chosen))
        with pytest.raises(
            SettingsError, match=f"port {port} .* choose another with ONTIME_LOCAL_MONITOR_PORT"
        ):
            Replay.new(tmp_path, DAYS).check_ports()


def test_what_is_not_published_is_not_served(replay: Replay) -> None:
    console = Console(width=200, record=True)
    with pytest.raises(ReplayFailedError, match="not served"), replay.served(console):
        pytest.fail("nothing is published")
    assert "nothing is published at" in console.export_text()
    assert running() == []


def test_days_that_the_feature_store_does_not_know_are_not_replayed(replay: Replay, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.yaml"
    manifest.write_text(yaml.safe_dump(MANIFEST))
    with pytest.raises(ReplayFailedError, match="failed: see"):
        replay.prepare(manifest)
    assert "holds no set as of" in (tmp_path / "window.log").read_text()
    assert running() == []


def test_a_replay_of_nothing_breaks_off(
    replay: Replay, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ReplayFailedError, match="broke off"):
        replay.run(tmp_path / "signature.json")
    assert running() == []
    said = capfd.readouterr().out
    assert said.startswith("Error:")
    assert "requests.parquet" in said
