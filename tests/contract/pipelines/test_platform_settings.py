"""The settings and secrets that infra/kubernetes makes are those that the steps are given."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from pipelines.placement import CONFIG_MAP, SECRET, SETTINGS, STORE_SECRET

PLATFORM = Path(__file__).parents[3] / "infra" / "kubernetes"
SECRETS = (PLATFORM / "secrets.sh").read_text(encoding="utf-8")


@pytest.mark.parametrize("overlay", sorted(path.name for path in (PLATFORM / "overlays").iterdir()))
def test_every_setting_of_an_overlay_reaches_the_steps(overlay: str) -> None:
    made = [
        document["data"]
        for path in (PLATFORM / "overlays" / overlay).glob("*.yaml")
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
        if document["kind"] == "ConfigMap" and document["metadata"]["name"] == CONFIG_MAP
    ]
    assert len(made) == 2
    assert [data.keys() - set(SETTINGS[CONFIG_MAP]) for data in made] == [set(), set()]


def test_every_key_to_a_bucket_that_a_step_reads_can_be_given() -> None:
    [listed] = re.findall(r"bucket_variables=\((.*?)\)", SECRETS, flags=re.DOTALL)
    # The pods that serve have no ConfigMap to read a region from, as the steps do.
    assert set(listed.split()) == {*SETTINGS[STORE_SECRET], "AWS_REGION"}


@pytest.mark.parametrize("key", SETTINGS[SECRET])
def test_every_address_that_a_step_reads_is_made(key: str) -> None:
    assert len(re.findall(f"{key}=", SECRETS)) == 2


def test_a_key_of_several_lines_is_one_line_of_a_secret(tmp_path: Path) -> None:
    fake_client = tmp_path / "fake-client"
    written = tmp_path / "written"
    fake_client.write_text(
        f'#!/bin/sh\nif [ "$1" = create ]; then cat >> {written}; else cat > /dev/null; fi\n',
        encoding="utf-8",
    )
    fake_client.chmod(0o755)
    key = {"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----\nMII=\n"}
    variables = {
        "KUBECTL": str(fake_client),
        "PATH": "/usr/bin:/bin",
        "ONTIME_ONLINE_STORE": "rediss://redis.example",
        "ONTIME_MONITOR_DATABASE": "postgresql+psycopg://database.example/monitor",
        "GOOGLE_SERVICE_ACCOUNT_KEY": json.dumps(key, indent=2),
    }
    subprocess.run([PLATFORM / "secrets.sh", "environment"], env=variables, check=True)
    lines = dict(line.split("=", 1) for line in written.read_text(encoding="utf-8").splitlines())
    assert json.loads(lines["GOOGLE_SERVICE_ACCOUNT_KEY"]) == key
