"""What a step that publishes may do in a namespace, and a deployment that is there before."""

from typing import Any

import yaml
from kubernetes import client

from components.publish.cluster.resource import GROUP, PLURAL, VERSION
from tests.examples.cluster.namespace import Namespace
from tests.examples.cluster.platform import PLATFORM

ROLE = "ontime-publisher"


def give_publisher_rights(namespace: Namespace, account: str) -> None:
    """Make a service account with the role of the base, in this namespace alone."""
    documents = yaml.safe_load_all((PLATFORM / "base" / "publisher.yaml").read_text())
    [role] = [document for document in documents if document["kind"] == "ClusterRole"]
    namespace.core.create_namespaced_service_account(namespace.name, {"metadata": {"name": account}})
    # Its types refuse the plain documents that it takes.
    api: Any = client.RbacAuthorizationV1Api(namespace.api)
    api.create_namespaced_role(namespace.name, {"metadata": {"name": ROLE}, "rules": role["rules"]})
    subject = {"kind": "ServiceAccount", "name": account, "namespace": namespace.name}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": ROLE}
    api.create_namespaced_role_binding(
        namespace.name, {"metadata": {"name": ROLE}, "roleRef": reference, "subjects": [subject]}
    )


def apply(namespace: Namespace, deployment: dict[str, Any]) -> None:
    """Have a SeldonDeployment there."""
    client.CustomObjectsApi(namespace.api).create_namespaced_custom_object(
        GROUP, VERSION, namespace.name, PLURAL, deployment
    )
