"""The settings and secrets that infra/kubernetes makes are those that the steps are given."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from pipelines.placement import CONFIG_MAP, SECRET, SETTINGS, STORE_SECRET

PLATFORM = Path(__file__).parents[3] / "infra" / "kubernetes"
SECRETS = (PLATFORM / "secrets.sh").read_text(encoding="utf-8")
ADDRESSES = {
    "ONTIME_ONLINE_STORE": "rediss://redis.example",
    "ONTIME_MONITOR_DATABASE_URL": "postgresql+psycopg://database.example/monitor",
}

type Make = Callable[..., dict[str, dict[str, str]]]


@pytest.mark.parametrize("overlay", sorted(path.name for path in (PLATFORM / "overlays").iterdir()))
def test_every_setting_of_an_overlay_reaches_the_steps(overlay: str) -> None:
    [made] = [
        document["data"]
        for path in (PLATFORM / "overlays" / overlay).glob("*.yaml")
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
        if document["kind"] == "ConfigMap" and document["metadata"]["name"] == CONFIG_MAP
    ]
    assert made.keys() - set(SETTINGS[CONFIG_MAP]) == set()


def test_no_variable_comes_from_two_places() -> None:
    given = [key for keys in SETTINGS.values() for key in keys]
    assert sorted(given) == sorted(set(given))


def test_every_key_to_a_bucket_that_a_step_reads_can_be_given() -> None:
    [listed] = re.findall(r"bucket_variables=\((.*?)\)", SECRETS, flags=re.DOTALL)
    # The pods that serve have no ConfigMap to read these from, as the steps do.
    assert set(listed.split()) == {*SETTINGS[STORE_SECRET], "AWS_REGION", "AZURE_STORAGE_ACCOUNT_NAME"}


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Runs secrets.sh with a fake client; the Secrets that it made, by namespace and name."""
    fake_client = tmp_path / "fake-client"
    fake_client.write_text(
        f'#!/bin/sh\nif [ "$1" = create ]; then cat > "{tmp_path}/$6 $4"; else cat > /dev/null; fi\n',
        encoding="utf-8",
    )
    fake_client.chmod(0o755)

    def made(how: str, **variables: str) -> dict[str, dict[str, str]]:
        environment = {"KUBECTL": str(fake_client), "PATH": "/usr/bin:/bin", **variables}
        subprocess.run([PLATFORM / "secrets.sh", how], env=environment, check=True, stdin=subprocess.DEVNULL)
        return {
            path.name: dict(line.split("=", 1) for line in path.read_text(encoding="utf-8").splitlines())
            for path in tmp_path.glob("* *")
        }

    return made


MADE = [("generate", {}), ("environment", ADDRESSES)]


@pytest.mark.parametrize(("how", "variables"), MADE, ids=["generate", "environment"])
def test_the_steps_are_given_the_addresses_that_they_read_and_no_other(
    make: Make, how: str, variables: dict[str, str]
) -> None:
    assert make(how, **variables)[f"kubeflow {SECRET}"].keys() == set(SETTINGS[SECRET])


@pytest.mark.parametrize(("how", "variables"), MADE, ids=["generate", "environment"])
def test_the_models_are_given_the_database_of_the_monitor_too(
    make: Make, how: str, variables: dict[str, str]
) -> None:
    made = make(how, **variables)[f"ontime {SECRET}"]
    assert made.keys() == {*SETTINGS[SECRET], "ONTIME_MONITOR_DATABASE_URL"}


def test_where_steps_and_models_share_a_namespace_both_have_what_they_read(make: Make) -> None:
    there = {"MODELS_NAMESPACE": "profile", "STEPS_NAMESPACE": "profile"}
    made = make("environment", **ADDRESSES, **there)
    assert made[f"profile {SECRET}"] == ADDRESSES


def test_a_key_of_several_lines_is_one_line_of_a_secret(make: Make) -> None:
    key = {"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----\nMII=\n"}
    made = make("environment", **ADDRESSES, GOOGLE_SERVICE_ACCOUNT_KEY=json.dumps(key, indent=2))
    assert json.loads(made[f"kubeflow {STORE_SECRET}"]["GOOGLE_SERVICE_ACCOUNT_KEY"]) == key
