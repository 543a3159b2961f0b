"""The settings of a local run have defaults, and an unknown one is named."""

import pytest

from pipelines.local.settings import LocalSettings
from serving.settings import SettingsError


def test_the_steps_read_the_settings_under_their_own_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONTIME_PUBLISH_URI", "/elsewhere")
    assert LocalSettings.from_environment().variables()["ONTIME_PUBLISH_URI"] == "/elsewhere"


def test_an_unknown_setting_is_refused_in_one_line_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONTIME_PUBLISH_URL", "/elsewhere")
    with pytest.raises(SettingsError, match=r"^unknown settings: ONTIME_PUBLISH_URL; known are .*$"):
        LocalSettings.from_environment()


def test_where_kubeflow_is_may_be_set_beside_what_a_local_run_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONTIME_KFP_HOST", "http://localhost:8080")
    assert "ONTIME_KFP_HOST" not in LocalSettings.from_environment().variables()
