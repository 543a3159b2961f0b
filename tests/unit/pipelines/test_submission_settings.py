"""Where Kubeflow is comes from the environment or from options, and a wrong setting is named."""

from pathlib import Path

import pytest

from pipelines.submission.settings import kubeflow_settings
from serving.settings import SettingsError


@pytest.fixture(autouse=True)
def outside_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)


def test_what_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONTIME_KFP_HOST", "http://theirs:8080")
    assert kubeflow_settings(host="http://ours:8080/").address == "http://ours:8080"
    assert kubeflow_settings(host=None).address == "http://theirs:8080"


def test_inside_a_cluster_the_service_itself_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
    assert kubeflow_settings().address == "http://ml-pipeline.kubeflow.svc.cluster.local:8888"


@pytest.mark.parametrize(("profile", "namespace"), [(None, "kubeflow"), ("team-a", "team-a")])
def test_the_steps_are_where_the_profile_is_or_kubeflow_itself(profile: str | None, namespace: str) -> None:
    assert kubeflow_settings(host="http://here", profile=profile).steps_namespace == namespace


def test_a_secret_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONTIME_KFP_TOKEN", "a-secret")
    assert "a-secret" not in repr(kubeflow_settings(host="http://here"))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "ONTIME_KFP_HOST .* say where Kubeflow Pipelines is"),
        ({"host": "localhost:8080"}, "ONTIME_KFP_HOST: an address such as http"),
        ({"host": "http://me:secret@here"}, "ONTIME_KFP_HOST: an address such as http.* without a user"),
        ({"host": "http://here", "profile": "Team A"}, "ONTIME_KFP_PROFILE: String should match"),
        (
            {"host": "http://here", "ca_file": Path("/nowhere")},
            "ONTIME_KFP_CA_FILE: there is no file /nowhere",
        ),
        ({"host": "http://here", "token_path": Path("/nowhere")}, "ONTIME_KFP_TOKEN_PATH: there is no file"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_line_without_its_value(
    given: dict[str, str], sentence: str
) -> None:
    with pytest.raises(SettingsError, match=sentence) as refused:
        kubeflow_settings(**given)
    assert len(str(refused.value).splitlines()) == 1
    assert "secret" not in str(refused.value)


def test_an_unknown_setting_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONTIME_KFP_HOTS", "http://here")
    with pytest.raises(SettingsError, match="unknown settings: ONTIME_KFP_HOTS"):
        kubeflow_settings(host="http://here")
