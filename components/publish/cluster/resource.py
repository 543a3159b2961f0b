"""The SeldonDeployment in the cluster: read, applied as a whole under our own field manager, taken away."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from components.publish.cluster.connection import Connection
from components.publish.cluster.failures import ClusterCallError
from components.publish.cluster.patience import Patience, message
from components.publish.cluster.secrecy import without_secrets

FIELD_MANAGER = "ontime-publish"
GROUP, VERSION, PLURAL = "machinelearning.seldon.io", "v1", "seldondeployments"
APPLY = "application/apply-patch+yaml"
# Written by other programs for themselves; putting it back would say what is no longer so.
_NOT_KEPT = "kubectl.kubernetes.io/last-applied-configuration"

Document = dict[str, Any]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Resource:
    """One SeldonDeployment, by name."""

    connection: Connection
    namespace: str
    name: str
    patience: Patience

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"SeldonDeployment {self.namespace}/{self.name}"

    def read(self) -> Document | None:
        """What the cluster holds, or None where there is no such deployment.

        Raises ClusterCallError, also where the cluster knows no SeldonDeployments at all.
        """
        try:
            return self._call("reading", self._api.get_namespaced_custom_object)
        except ApiException as error:
            if _is_of_an_object(error):
                return None
            raise ClusterCallError(
                f"the cluster knows no {PLURAL}.{GROUP}: is Seldon Core installed?"
            ) from None

    def apply(self, document: Document) -> Document:
        """Make the deployment what the document says, whoever owned its fields; what then is there.

        An unknown field is refused. Raises ClusterCallError: nothing is changed then, unless the API
        server went away for good in the middle of it.
        """
        try:
            applied: Document | None = self._call(
                "applying",
                self._api.patch_namespaced_custom_object,
                body=document,
                field_manager=FIELD_MANAGER,
                force=True,
                field_validation="Strict",
                _content_type=APPLY,
            )
        except ApiException as error:
            raise ClusterCallError(f"applying {self.title}: {without_secrets(message(error))}") from None
        # The client reads no answer to a patch that creates (201).
        applied = self.read() if applied is None else applied
        if applied is None:
            raise ClusterCallError(f"{self.title} was removed as soon as it was applied")
        return applied

    def remove(self, uid: str) -> None:
        """Take the deployment of this identity away, with all that the operator made; it may be gone."""
        body = client.V1DeleteOptions(
            propagation_policy="Background", preconditions=client.V1Preconditions(uid=uid)
        )
        try:
            self._call("removing", self._api.delete_namespaced_custom_object, body=body)
        except ApiException as error:
            if error.status != 404:
                raise ClusterCallError(f"removing {self.title}: {without_secrets(message(error))}") from None

    @property
    def _api(self) -> client.CustomObjectsApi:
        return client.CustomObjectsApi(self.connection.client)

    def _call(self, doing: str, function: Any, **options: Any) -> Any:
        place = {"group": GROUP, "version": VERSION, "namespace": self.namespace, "plural": PLURAL}
        return self.patience.call(f"{doing} {self.title}", function, **place, name=self.name, **options)


def identity(document: Mapping[str, Any] | None) -> str:
    """Which object a document is, and in which generation: another one means that its spec was changed."""
    return "" if document is None else f"{document['metadata']['uid']} {document['metadata']['generation']}"


def kept(current: Mapping[str, Any]) -> Document:
    """What must be applied to have a deployment as it is in the cluster now."""
    metadata = current["metadata"]
    annotations = {key: value for key, value in metadata.get("annotations", {}).items() if key != _NOT_KEPT}
    return {
        "apiVersion": current["apiVersion"],
        "kind": current["kind"],
        "metadata": {
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "labels": dict(metadata.get("labels", {})),
            "annotations": annotations,
        },
        "spec": current["spec"],
    }


def others(current: Mapping[str, Any]) -> tuple[str, ...]:
    """Who besides us owns a part of the deployment's specification, with what and when."""
    return tuple(
        f"{entry['manager']} ({entry['operation']}, {entry.get('time', 'at an unknown time')})"
        for entry in current["metadata"].get("managedFields", [])
        if entry["manager"] != FIELD_MANAGER and "f:spec" in entry.get("fieldsV1", {})
    )


def _is_of_an_object(error: ApiException) -> bool:
    """Whether a 404 is about one object; about an unknown kind the API server answers with plain text."""
    if error.status != 404:
        return False
    try:
        return bool(json.loads(error.body or "").get("details", {}).get("name"))
    except (ValueError, AttributeError):
        return False
