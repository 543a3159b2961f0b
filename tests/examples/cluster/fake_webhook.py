"""The operator's validating webhook, named a fake: it refuses everything, or is not there."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from kubernetes import client
from kubernetes.client.exceptions import ApiException
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from components.publish.cluster.connection import Connection

GROUP, VERSION, PLURAL = "machinelearning.seldon.io", "v1", "seldondeployments"


@contextmanager
def refusing_policy(connection: Connection, namespace: str, reason: str) -> Iterator[None]:
    """SeldonDeployments of the namespace are refused, while the block lasts.

    By an admission policy of the API server itself, which answers as a webhook that refuses does and
    needs no server with a certificate.
    """
    api = client.AdmissionregistrationV1Api(connection.client)
    name = f"refuse-{uuid.uuid4().hex[:6]}"
    policy = {
        "metadata": {"name": name},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {"resourceRules": [_rule()]},
            "validations": [{"expression": "false", "message": reason}],
        },
    }
    binding = {
        "metadata": {"name": name},
        "spec": {
            "policyName": name,
            "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": _only(namespace)},
        },
    }
    api.create_validating_admission_policy(policy)
    api.create_validating_admission_policy_binding(binding)
    try:
        _await(connection, namespace, reason)
        yield
    finally:
        api.delete_validating_admission_policy_binding(name)
        api.delete_validating_admission_policy(name)
        _await(connection, namespace, None)


@contextmanager
def absent_webhook(connection: Connection, namespace: str) -> Iterator[None]:
    """A webhook is asked about the namespace's SeldonDeployments whose Service has no pods."""
    api = client.AdmissionregistrationV1Api(connection.client)
    name = f"absent-{uuid.uuid4().hex[:6]}"
    service = {"metadata": {"name": name}, "spec": {"ports": [{"port": 443}], "selector": {"app": name}}}
    client.CoreV1Api(connection.client).create_namespaced_service(namespace, service)
    webhook = {
        "name": "vseldondeployment.test.io",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": "Fail",
        "timeoutSeconds": 5,
        "clientConfig": {"service": {"name": name, "namespace": namespace, "path": "/validate"}},
        "rules": [_rule()],
        "namespaceSelector": _only(namespace),
    }
    api.create_validating_webhook_configuration({"metadata": {"name": name}, "webhooks": [webhook]})
    try:
        _await(connection, namespace, "failed calling webhook")
        yield
    finally:
        api.delete_validating_webhook_configuration(name)
        client.CoreV1Api(connection.client).delete_namespaced_service(name, namespace)
        _await(connection, namespace, None)


def _rule() -> dict[str, list[str]]:
    return {
        "apiGroups": [GROUP],
        "apiVersions": [VERSION],
        "operations": ["CREATE", "UPDATE"],
        "resources": [PLURAL],
    }


def _only(namespace: str) -> dict[str, dict[str, str]]:
    return {"matchLabels": {"kubernetes.io/metadata.name": namespace}}


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
