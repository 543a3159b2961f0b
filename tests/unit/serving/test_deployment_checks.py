from collections.abc import Callable
from typing import Any

import pytest

from serving.deployment.checks import InvalidDeploymentError, check
from serving.deployment.manifest import manifest
from serving.deployment.settings import Ports
from tests.examples.serving.model_parts import cluster_settings, local_settings, published_model

Document = dict[str, Any]


@pytest.fixture
def document() -> Document:
    return manifest(published_model("minio://models/parcels/aa"), cluster_settings())


def predictor(document: Document) -> Document:
    return document["spec"]["predictors"][0]


def leaf(document: Document) -> Document:
    return predictor(document)["graph"]["children"][0]["children"][0]


def pod(document: Document) -> Document:
    return predictor(document)["componentSpecs"][0]


def container(document: Document) -> Document:
    return pod(document)["spec"]["containers"][0]


def lower_case_type(document: Document) -> None:
    leaf(document)["type"] = "model"


def no_type(document: Document) -> None:
    del predictor(document)["graph"]["type"]


def unknown_mode(document: Document) -> None:
    leaf(document)["logger"]["mode"] = "everything"


def lower_case_parameter(document: Document) -> None:
    leaf(document)["parameters"] = [{"name": "limit", "type": "float", "value": "0.5"}]


def parameter_that_is_no_string(document: Document) -> None:
    leaf(document)["parameters"] = [{"name": "limit", "type": "FLOAT", "value": 0.5}]


def dot_in_the_name(document: Document) -> None:
    document["metadata"]["name"] = "parcels.v1"


def digit_before_the_name(document: Document) -> None:
    document["metadata"]["name"] = "2parcels"


def upper_case_container(document: Document) -> None:
    container(document)["name"] = "Features"


def long_name(document: Document) -> None:
    document["metadata"]["name"] = "p" * 64


def long_derived_name(document: Document) -> None:
    document["metadata"]["name"] = "p" * 47


def no_pod_name(document: Document) -> None:
    del pod(document)["metadata"]["name"]


def equals_sign(document: Document) -> None:
    predictor(document)["annotations"]["ontime/note"] = "a=b"


def equals_sign_of_the_pod(document: Document) -> None:
    pod(document)["metadata"]["annotations"] = {"ontime/note": "a=b"}


def latest(document: Document) -> None:
    container(document)["image"] = "registry.example:5000/ontime-serving:latest"


def no_tag(document: Document) -> None:
    container(document)["image"] = "registry.example:5000/ontime-serving"


def shortened_digest(document: Document) -> None:
    container(document)["image"] = "registry.example/ontime-serving:v1@sha256:abc"


def upper_case_image(document: Document) -> None:
    container(document)["image"] = "registry.example/Ontime-Serving:v1"


def budget_for_each_predictor(document: Document) -> None:
    second = {**predictor(document), "name": "canary"}
    document["spec"]["predictors"].append(second)


def short_deadline(document: Document) -> None:
    predictor(document)["progressDeadlineSeconds"] = 30


def no_deadline(document: Document) -> None:
    del predictor(document)["progressDeadlineSeconds"]


def taken_port(document: Document) -> None:
    container(document)["ports"][0]["containerPort"] = 8080


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lower_case_type, "node model: type 'model' is none of MODEL,"),
        (no_type, "node features: type None is none of MODEL,"),
        (unknown_mode, "node model: logger mode 'everything' is none of all, request, response"),
        (lower_case_parameter, "node model, parameter limit: type 'float' is none of INT, FLOAT"),
        (parameter_that_is_no_string, "parameter limit: its value must be a string, it is 0.5"),
        (dot_in_the_name, r"the name 'parcels\.v1' is not of lower-case letters"),
        (digit_before_the_name, "the name '2parcels' is not of .*, a letter first"),
        (upper_case_container, "the name 'Features' is not of lower-case letters"),
        (long_name, "has 64 characters, more than 63"),
        (long_derived_name, "p-default-features' has 64 characters, more than 63"),
        (no_pod_name, "parcels-default-0-features-outliers-model-seldon-container-engine' has 65 characters"),
        (equals_sign, "annotation ontime/note: its value 'a=b' has a '='"),
        (equals_sign_of_the_pod, "annotation ontime/note: its value 'a=b' has a '='"),
        (latest, "ontime-serving:latest' has neither a tag other than latest nor a digest"),
        (no_tag, "5000/ontime-serving' has neither a tag other than latest nor a digest"),
        (shortened_digest, r"v1@sha256:abc' is no reference of the form name\[:tag\]\[@sha256:digest\]"),
        (upper_case_image, "Ontime-Serving:v1' is no reference"),
        (budget_for_each_predictor, "predictors default and canary have a pdbSpec each"),
        (short_deadline, "predictor default: progressDeadlineSeconds is 30, less than 60"),
        (no_deadline, "predictor default: progressDeadlineSeconds is None"),
        (taken_port, "port 8080 is that of monitor and of features"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_a_cluster_would_misread_is_refused(
    spoil: Callable[[Document], None], reason: str, document: Document
) -> None:
    spoil(document)
    with pytest.raises(InvalidDeploymentError, match=reason):
        check(document, "cluster")


def test_the_longest_allowed_name_is_allowed(document: Document) -> None:
    document["metadata"]["name"] = "p" * 46
    check(document, "cluster")


@pytest.mark.parametrize(
    "image",
    [
        "ontime-serving:v1",
        "localhost/ontime-serving:dev",
        "registry.example:5000/platform/ontime-serving:2013.10_rc-1",
        f"ontime-serving@sha256:{'0' * 64}",
        f"registry.example:5000/ontime-serving@sha256:{'0' * 64}",
        f"registry.example:5000/ontime-serving:v1@sha256:{'0' * 64}",
        f"registry.example/ontime-serving:latest@sha256:{'0' * 64}",
    ],
)
def test_an_image_that_is_the_same_tomorrow_is_allowed(image: str, document: Document) -> None:
    container(document)["image"] = image
    check(document, "cluster")


def test_every_fault_is_said_at_once(document: Document) -> None:
    lower_case_type(document)
    latest(document)
    with pytest.raises(InvalidDeploymentError, match=r"node model: type .*; image"):
        check(document, "cluster")


@pytest.mark.parametrize("name", ["monitor_database", "online_store"])
def test_a_sqlite_file_is_refused_on_a_cluster(name: str) -> None:
    settings = cluster_settings(**{name: "sqlite:////srv/some.db"})
    with pytest.raises(InvalidDeploymentError, match="is a SQLite file, which no other pod sees"):
        manifest(published_model("s3://models/aa"), settings)


def test_a_sqlite_file_under_a_driver_is_one_too() -> None:
    settings = cluster_settings(monitor_database="sqlite+pysqlite:////srv/some.db")
    with pytest.raises(InvalidDeploymentError, match="ONTIME_MONITOR_DATABASE_URL is a SQLite file"):
        manifest(published_model("s3://models/aa"), settings)


def test_a_password_in_the_manifest_is_refused_on_a_cluster() -> None:
    settings = cluster_settings(monitor_database="postgresql://monitor:secret@db/monitor")
    with pytest.raises(InvalidDeploymentError, match="holds a password, which belongs in a Secret") as error:
        manifest(published_model("s3://models/aa"), settings)
    assert "monitor:secret" not in str(error.value)


def test_a_store_without_a_password_may_stand_in_the_manifest() -> None:
    document = manifest(
        published_model("s3://models/aa"), cluster_settings(online_store="redis://redis:6379")
    )
    assert {"name": "ONTIME_NODE_ONLINE_STORE", "value": "redis://redis:6379"} in container(document)["env"]


@pytest.mark.parametrize("location", ["/srv/models/aa", "file:///srv/models/aa"])
def test_a_path_of_this_machine_is_refused_on_a_cluster(location: str) -> None:
    with pytest.raises(InvalidDeploymentError, match="is a path of this machine, which no pod sees"):
        manifest(published_model(location), cluster_settings())


def test_ports_that_the_service_does_not_reach_are_refused_on_a_cluster() -> None:
    settings = cluster_settings(ports=Ports(rest=18000))
    with pytest.raises(InvalidDeploymentError, match="listens on 18000 and 5001, its Service goes to 8000"):
        manifest(published_model("s3://models/aa"), settings)


def test_this_machine_may_have_files_and_ports_of_its_own() -> None:
    document = manifest(published_model("/srv/models/aa"), local_settings(ports=Ports(rest=18000)))
    assert document["metadata"]["name"] == "parcels"
