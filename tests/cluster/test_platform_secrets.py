"""The secrets that infra/kubernetes/secrets.sh makes on a real API server."""

import base64
import json
import os
import subprocess
import uuid
from collections.abc import Iterator

import pytest

from components.settings import Settings
from serving.online_location import RedisServer, online_location
from tests.examples.cluster.platform import PLATFORM, Place, kubectl

MANAGED = {
    "ONTIME_ONLINE_STORE": "rediss://:secret-of-redis@redis.example:10000/0",
    "ONTIME_MONITOR_DATABASE_URL": "postgresql+psycopg://ontime:secret-of-postgresql@database.example/monitor",
    "AZURE_STORAGE_ACCOUNT_NAME": "models",
    "AZURE_STORAGE_ACCOUNT_KEY": "secret=of=the=account",
}


@pytest.fixture
def place() -> Iterator[Place]:
    suffix = f"-{uuid.uuid4().hex[:8]}"
    there = Place(f"ontime{suffix}", f"kubeflow{suffix}", suffix)
    for namespace in (there.models, there.steps):
        kubectl("create", "namespace", namespace)
    yield there
    kubectl("delete", "namespace", there.models, there.steps, "--wait=false")


def make(place: Place, how: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the script with nothing of this machine's own settings."""
    kept = {
        name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "KUBECONFIG", "KUBECTL"}
    }
    places = {"MODELS_NAMESPACE": place.models, "STEPS_NAMESPACE": place.steps}
    command = [str(PLATFORM / "secrets.sh"), how]
    return subprocess.run(
        command, env={**kept, **places, **variables}, capture_output=True, text=True, check=False
    )


def held(namespace: str) -> dict[str, dict[str, str]]:
    """Every secret of a namespace, read."""
    found = json.loads(kubectl("get", "secrets", "--namespace", namespace, "--output=json").stdout)
    return {
        item["metadata"]["name"]: {
            key: base64.b64decode(value).decode() for key, value in item.get("data", {}).items()
        }
        for item in found["items"]
    }


def test_passwords_are_made_once_and_the_addresses_hold_them(place: Place) -> None:
    first = make(place, "generate")
    assert (first.returncode, first.stderr) == (0, "")
    models, steps = held(place.models), held(place.steps)
    assert make(place, "generate").returncode == 0
    assert (held(place.models), held(place.steps)) == (models, steps)

    passwords = models["ontime-store-passwords"]
    online = online_location(steps["ontime-secrets"]["ONTIME_ONLINE_STORE"])
    assert online == RedisServer(host=f"redis.{place.models}.svc", password=passwords["redis"])
    assert models["ontime-secrets"]["ONTIME_MONITOR_DATABASE_URL"] == (
        f"postgresql+psycopg://ontime:{passwords['postgresql']}@postgresql.{place.models}.svc:5432/monitor"
    )
    assert steps["ontime-secrets"].items() <= models["ontime-secrets"].items()
    assert steps["ontime-object-store"] == models["ontime-object-store"]
    assert models.keys() == {"ontime-store-passwords", "ontime-secrets", "ontime-object-store"}
    assert steps.keys() == {"mlpipeline-minio-artifact", "ontime-secrets", "ontime-object-store"}


def test_every_generated_password_is_long_another_and_said_nowhere(place: Place) -> None:
    made = make(place, "generate")
    models, steps = held(place.models), held(place.steps)
    secret = [
        *models["ontime-store-passwords"].values(),
        *models["ontime-object-store"].values(),
        steps["mlpipeline-minio-artifact"]["secretkey"],
    ]
    assert len(set(secret)) == 5
    assert min(map(len, secret)) >= 32
    everything = kubectl(
        "get", "secrets", "--all-namespaces", "--output=jsonpath={.items[*].metadata}"
    ).stdout
    assert not [value for value in secret if value in made.stdout + made.stderr + everything]


def test_managed_stores_are_taken_from_the_environment(place: Place) -> None:
    made = make(place, "environment", **MANAGED)
    assert (made.returncode, made.stderr) == (0, "")
    addresses = {key: value for key, value in MANAGED.items() if key.startswith("ONTIME_")}
    account = {key: value for key, value in MANAGED.items() if key.startswith("AZURE_")}
    assert held(place.models) == {"ontime-secrets": addresses, "ontime-object-store": account}
    del addresses["ONTIME_MONITOR_DATABASE_URL"]
    assert held(place.steps) == {"ontime-secrets": addresses, "ontime-object-store": account}


def test_with_an_identity_there_are_no_keys_to_the_bucket(place: Place) -> None:
    stores = {key: value for key, value in MANAGED.items() if key.startswith("ONTIME_")}
    assert make(place, "environment", **stores).returncode == 0
    assert held(place.models)["ontime-object-store"] == {}


@pytest.mark.parametrize("missing", ["ONTIME_ONLINE_STORE", "ONTIME_MONITOR_DATABASE_URL"])
def test_an_address_that_is_missing_is_named_before_anything_is_made(place: Place, missing: str) -> None:
    ended = make(place, "environment", **{key: value for key, value in MANAGED.items() if key != missing})
    assert ended.returncode != 0
    assert missing in ended.stderr
    assert "secret-of" not in ended.stderr
    assert held(place.models) == {}


def test_the_steps_read_what_was_made(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    make(place, "generate")
    monkeypatch.setenv("ONTIME_FEATURE_STORE_URI", "s3://ontime/features")
    monkeypatch.setenv("ONTIME_ONLINE_STORE", held(place.steps)["ontime-secrets"]["ONTIME_ONLINE_STORE"])
    assert f"redis.{place.models}.svc" in Settings.from_environment().online_store
