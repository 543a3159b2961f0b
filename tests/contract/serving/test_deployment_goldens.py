"""The manifests as files, and the schema of the custom resource that they must fulfil."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from serving.deployment.manifest import manifest, to_yaml
from serving.deployment.settings import DeploymentSettings
from tests.examples.serving.model_parts import cluster_settings, local_settings, published_model

DEFINITION = Path(__file__).parents[2] / "examples" / "cluster" / "seldondeployment-crd.yaml"
Document = dict[str, Any]

LOCAL, MINIO = "/srv/published/parcels/models", "minio://models/parcels"
CASES = {
    "local-own": (LOCAL, local_settings()),
    "local-operator": (LOCAL, local_settings(engine="operator")),
    "cluster-own": (MINIO, cluster_settings()),
    "cluster-operator": (MINIO, cluster_settings(engine="operator")),
    "canary-istio": (MINIO, cluster_settings(strategy="canary", traffic=20, mesh="istio")),
    "canary-ambassador-operator": (
        MINIO,
        cluster_settings(strategy="canary", mesh="ambassador", engine="operator"),
    ),
    "shadow-istio": (MINIO, cluster_settings(strategy="shadow", mesh="istio")),
    "autoscaled": (
        "s3://models/parcels",
        cluster_settings(autoscaling={"min": 2, "max": 6}, store_endpoint=None),
    ),
    "azure-identity": (
        "az://models/parcels",
        cluster_settings(store_secret=None, store_endpoint=None, service_account="ontime-serving"),
    ),
    "google-identity": (
        "gs://models/parcels",
        cluster_settings(store_secret=None, store_endpoint=None, service_account="ontime-serving"),
    ),
}
every_case = pytest.mark.parametrize(("location", "settings"), CASES.values(), ids=CASES)


def built(location: str, settings: DeploymentSettings) -> Document:
    """The manifest of a model; where something stands beside another, of the model after it."""
    first = settings.model_copy(update={"strategy": "rolling"})
    document = manifest(published_model(f"{location}/aa"), first)
    if settings.strategy == "rolling":
        return document
    return manifest(published_model(f"{location}/bb", "b" * 64), settings, document)


class Yaml(SingleFileSnapshotExtension):
    file_extension = "yaml"
    _write_mode = WriteMode.TEXT


@pytest.fixture(scope="session")
def validator() -> jsonschema.Draft202012Validator:
    definition = yaml.load(DEFINITION.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    [schema] = [
        version["schema"]["openAPIV3Schema"]
        for version in definition["spec"]["versions"]
        if version["name"] == "v1"
    ]
    return jsonschema.Draft202012Validator(structural(schema))


def structural(schema: Any) -> Any:
    """The schema as an API server reads it: what it does not list is refused, a quantity may be a number."""
    if isinstance(schema, list):
        return [structural(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    read = {
        key: {name: structural(item) for name, item in value.items()}
        if key == "properties"
        else structural(value)
        for key, value in schema.items()
        if not (key == "type" and schema.get("x-kubernetes-int-or-string"))
    }
    if "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
        read.setdefault("additionalProperties", False)
    return read


def faults(validator: jsonschema.Draft202012Validator, document: Document) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


@every_case
def test_the_manifest_is_the_golden_one(
    location: str, settings: DeploymentSettings, snapshot: SnapshotAssertion
) -> None:
    assert to_yaml(built(location, settings)) == snapshot(extension_class=Yaml)


@every_case
def test_the_manifest_fulfils_the_schema(
    location: str, settings: DeploymentSettings, validator: jsonschema.Draft202012Validator
) -> None:
    assert faults(validator, built(location, settings)) == []


def pod(document: Document) -> Document:
    return document["spec"]["predictors"][0]["componentSpecs"][0]["spec"]


def unknown_field_of_the_specification(document: Document) -> None:
    document["spec"]["predictor"] = []


def sleep_that_the_definition_is_too_old_for(document: Document) -> None:
    pod(document)["containers"][0]["lifecycle"]["preStop"] = {"sleep": {"seconds": 10}}


def unknown_field_of_a_node(document: Document) -> None:
    document["spec"]["predictors"][0]["graph"]["children"][0]["colour"] = "red"


def number_for_a_string(document: Document) -> None:
    pod(document)["containers"][0]["env"][0]["value"] = 9000


def budget_of_two_minds(document: Document) -> None:
    document["spec"]["predictors"][0]["componentSpecs"][0]["pdbSpec"] = {"minimum": 1}


def missing_container_name(document: Document) -> None:
    del pod(document)["initContainers"][1]["name"]


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (unknown_field_of_the_specification, "'predictor' was unexpected"),
        (sleep_that_the_definition_is_too_old_for, "'sleep' was unexpected"),
        (unknown_field_of_a_node, "'colour' was unexpected"),
        (number_for_a_string, "9000 is not of type 'string'"),
        (budget_of_two_minds, "'minimum' was unexpected"),
        (missing_container_name, "'name' is a required property"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_the_schema_refuses_a_planted_fault(
    spoil: Any, fault: str, validator: jsonschema.Draft202012Validator
) -> None:
    document = manifest(published_model(), local_settings())
    spoil(document)
    found = faults(validator, document)
    assert len(found) == 1
    assert fault in found[0]
