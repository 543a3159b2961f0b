"""The operator's validating webhook, named a fake: it refuses everything, or is not there."""

import base64
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import trustme
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from components.images import image
from components.publish.cluster.connection import Connection
from tests.examples.cluster.fake_webhook_server import PORT
from tests.examples.cluster.hardened import hardened
from tests.examples.cluster.namespace import Namespace

GROUP, VERSION, PLURAL = "machinelearning.seldon.io", "v1", "seldondeployments"


@contextmanager
def refusing_webhook(connection: Connection, namespace: str, reason: str) -> Iterator[None]:
    """SeldonDeployments of the namespace are refused, by a server in a pod, while the block lasts."""
    core: Any = client.CoreV1Api(connection.client)
    name = f"refusing-{uuid.uuid4().hex[:6]}"
    authority = trustme.CA()
    certificate = authority.issue_cert(f"{name}.{namespace}.svc")
    keys = {
        "tls.crt": certificate.cert_chain_pems[0].bytes().decode(),
        "tls.key": certificate.private_key_pem.bytes().decode(),
    }
    secret = {"metadata": {"name": name}, "type": "kubernetes.io/tls", "stringData": keys}
    core.create_namespaced_secret(namespace, secret)
    command = ["python", "/scripts/fake_webhook_server.py", reason]
    volumes = [
        ({"name": "scripts", "configMap": {"name": "scripts"}}, "/scripts"),
        ({"name": "certificate", "secret": {"secretName": name}}, "/certificate"),
    ]
    pod = hardened(name, image("serving"), command, volumes=volumes)
    pod["metadata"]["labels"] = {"app": name}
    Namespace(connection.client, namespace).start_ready(pod)
    try:
        with _webhook(connection, namespace, name, authority.cert_pem.bytes(), says=reason):
            yield
    finally:
        core.delete_namespaced_pod(name, namespace, grace_period_seconds=0)
        core.delete_namespaced_secret(name, namespace)


@contextmanager
def absent_webhook(connection: Connection, namespace: str) -> Iterator[None]:
    """A webhook is asked about the namespace's SeldonDeployments whose Service has no pods."""
    name = f"absent-{uuid.uuid4().hex[:6]}"
    with _webhook(connection, namespace, name, None, says="failed calling webhook"):
        yield


@contextmanager
def _webhook(
    connection: Connection, namespace: str, name: str, authority: bytes | None, says: str
) -> Iterator[None]:
    """The API server asks the Service of that name, and says what that leads to."""
    core: Any = client.CoreV1Api(connection.client)
    registrations: Any = client.AdmissionregistrationV1Api(connection.client)
    ports = [{"port": 443, "targetPort": PORT}]
    core.create_namespaced_service(
        namespace, {"metadata": {"name": name}, "spec": {"ports": ports, "selector": {"app": name}}}
    )
    asked: dict[str, Any] = {"service": {"name": name, "namespace": namespace, "path": "/validate"}}
    if authority is not None:
        asked["caBundle"] = base64.b64encode(authority).decode()
    webhook = {
        "name": "vseldondeployment.test.io",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": "Fail",
        "timeoutSeconds": 5,
        "clientConfig": asked,
        "rules": [_rule()],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
    }
    registrations.create_validating_webhook_configuration({"metadata": {"name": name}, "webhooks": [webhook]})
    try:
        _await(connection, namespace, says)
        yield
    finally:
        registrations.delete_validating_webhook_configuration(name)
        core.delete_namespaced_service(name, namespace)
        _await(connection, namespace, None)


def _rule() -> dict[str, list[str]]:
    return {
        "apiGroups": [GROUP],
        "apiVersions": [VERSION],
        "operations": ["CREATE", "UPDATE"],
        "resources": [PLURAL],
    }


@retry(retry=retry_if_result(lambda met: not met), wait=wait_fixed(0.3), stop=stop_after_delay(30))
def _await(connection: Connection, namespace: str, reason: str | None) -> bool:
    """Whether the API server now answers so: it takes a moment to know what it has to ask."""
    api = client.CustomObjectsApi(connection.client)
    body = {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": "SeldonDeployment",
        "metadata": {"name": "asked", "namespace": namespace},
        "spec": {"predictors": []},
    }
    try:
        api.create_namespaced_custom_object(GROUP, VERSION, namespace, PLURAL, body, dry_run="All")
    except ApiException as error:
        return reason is not None and reason in str(error.body)
    return reason is None
