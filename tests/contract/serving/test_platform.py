"""What infra/kubernetes says of the models' pods, held against the pods that are published."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.settings import Settings
from serving.deployment.manifest import manifest
from serving.deployment.settings import DeploymentSettings, Ports
from serving.object_store import Bucket
from tests.examples.serving.model_parts import cluster_settings, published_model

PLATFORM = Path(__file__).parents[3] / "infra" / "kubernetes"
OVERLAYS = sorted(path.name for path in (PLATFORM / "overlays").iterdir())
PORTS = Ports()
Document = dict[str, Any]


@pytest.fixture
def pod() -> Document:
    document = manifest(published_model("minio://models/aa"), cluster_settings())
    [component] = document["spec"]["predictors"][0]["componentSpecs"]
    return dict(component)


def read(path: str, kind: str, name: str) -> Document:
    [found] = [
        document
        for document in yaml.safe_load_all((PLATFORM / path).read_text(encoding="utf-8"))
        if (document["kind"], document["metadata"]["name"]) == (kind, name)
    ]
    return dict(found)


def scraped(endpoint: Document, pod: Document) -> Iterator[tuple[str, int, str]]:
    """Which container's port an endpoint of a PodMonitor comes to, as Prometheus finds and keeps them."""
    kept = [rule["regex"] for rule in endpoint.get("relabelings", [])]
    for container in [*pod["spec"]["initContainers"], *pod["spec"]["containers"]]:
        for port in container.get("ports", []):
            if port["name"] == endpoint["port"] and (not kept or container["name"] in kept):
                yield container["name"], port["containerPort"], endpoint["path"]


def opened(policy: Document) -> set[int]:
    """The ports that a policy lets in."""
    ports = [port for rule in policy["spec"]["ingress"] for port in rule["ports"]]
    return {number for port in ports for number in range(port["port"], port.get("endPort", port["port"]) + 1)}


def test_prometheus_reads_every_part_of_a_pod_once(pod: Document) -> None:
    endpoints = read("base/metrics.yaml", "PodMonitor", "ontime")["spec"]["podMetricsEndpoints"]
    assert sorted(item for endpoint in endpoints for item in scraped(endpoint, pod)) == [
        ("features", PORTS.node_metrics, "/metrics"),
        ("model", PORTS.node_metrics + 2, "/metrics"),
        ("monitor", PORTS.monitor, "/metrics"),
        ("outliers", PORTS.node_metrics + 1, "/metrics"),
        ("seldon-container-engine", PORTS.rest, "/prometheus"),
    ]


def test_what_prometheus_reads_it_can_reach(pod: Document) -> None:
    endpoints = read("base/metrics.yaml", "PodMonitor", "ontime")["spec"]["podMetricsEndpoints"]
    read_ports = {port for endpoint in endpoints for _, port, _ in scraped(endpoint, pod)}
    assert opened(read("base/network.yaml", "NetworkPolicy", "metrics")) == read_ports


def test_clients_reach_the_executor_and_nothing_behind_it() -> None:
    assert opened(read("base/network.yaml", "NetworkPolicy", "clients")) == {PORTS.rest, PORTS.grpc}


@pytest.mark.parametrize(
    ("path", "kind", "name", "selector"),
    [
        ("base/metrics.yaml", "PodMonitor", "ontime", "selector"),
        ("base/network.yaml", "NetworkPolicy", "clients", "podSelector"),
        ("base/network.yaml", "NetworkPolicy", "metrics", "podSelector"),
        ("stores/network.yaml", "NetworkPolicy", "models-to-stores", "podSelector"),
        ("pipeline-artifacts/network.yaml", "NetworkPolicy", "models-to-objects", "podSelector"),
        ("overlays/aws/cloud.yaml", "NetworkPolicy", "models-to-stores", "podSelector"),
        ("overlays/azure/cloud.yaml", "NetworkPolicy", "models-to-stores", "podSelector"),
        ("overlays/gcp/cloud.yaml", "NetworkPolicy", "models-to-stores", "podSelector"),
    ],
)
def test_a_published_pod_is_selected(pod: Document, path: str, kind: str, name: str, selector: str) -> None:
    wanted = read(path, kind, name)["spec"][selector]["matchLabels"]
    assert wanted.items() <= pod["metadata"]["labels"].items()


def settings_of(overlay: str) -> dict[str, str]:
    """The data of the ConfigMap that the steps read."""
    [found] = [
        document["data"]
        for path in (PLATFORM / "overlays" / overlay).glob("*.yaml")
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
        if document["kind"] == "ConfigMap" and document["metadata"]["name"] == "ontime-settings"
    ]
    return dict(found)


@pytest.fixture
def step_settings(overlay: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """What a step reads where the overlay is applied, with an identity and so with no key of a store."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "AZURE_", "GOOGLE_", "ONTIME_")):
            monkeypatch.delenv(name)
    for name, value in settings_of(overlay).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ONTIME_ONLINE_STORE", "redis://:password@redis:6379/0")
    return Settings.from_environment()


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_deployment_of_an_overlay_is_one_that_publishing_knows(step_settings: Settings) -> None:
    changed = step_settings.publish_deployment
    settings = DeploymentSettings.model_validate({**cluster_settings().model_dump(), **changed})
    assert json.loads(settings.model_dump_json(include=set(changed))) == changed


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_bucket_of_an_overlay_can_be_opened_without_a_key(step_settings: Settings) -> None:
    bucket = Bucket.open(step_settings.feature_store_uri, step_settings.object_store_endpoint)
    assert bucket.url == step_settings.feature_store_uri
