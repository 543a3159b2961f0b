"""The Lease of a deployment's publications, as the API server has it: read, and written by one at a time."""

from dataclasses import dataclass
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from components.publish.cluster.connection import Connection
from components.publish.cluster.failures import ClusterCallError
from components.publish.cluster.patience import Patience

Document = dict[str, Any]


@dataclass(frozen=True)
class Leases:
    """The Lease of one deployment's publications, as the API server has it."""

    connection: Connection
    namespace: str
    deployment: str
    patience: Patience

    @property
    def name(self) -> str:
        """What it is called."""
        return f"ontime-publish-{self.deployment}"

    def read(self) -> Document | None:
        """The Lease, None where there is none yet."""
        try:
            return self._call("reading", self._api.get_namespaced_custom_object, name=self.name)
        except ApiException:
            return None

    def write(self, document: Document, holder: str | None = None) -> Document | None:
        """The Lease as it then is; None where another publication wrote it since it was read.

        `holder` is who holds it before, where that is to change. A Lease that this holder has, or the new
        one, was written by nobody else: the answer was lost on the way, and the write was tried again.
        """
        if (written := self._written(document)) is not None:
            return written
        found = self.read()
        if found is None or found["spec"].get("holderIdentity", "") not in {
            document["spec"]["holderIdentity"],
            holder,
        }:
            return None
        version = {"resourceVersion": found["metadata"]["resourceVersion"]}
        return self._written({**document, "metadata": {**document["metadata"], **version}})

    def _written(self, document: Document) -> Document | None:
        metadata = {"name": self.name, "namespace": self.namespace, **document["metadata"]}
        body = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": metadata,
            "spec": document["spec"],
        }
        try:
            if "resourceVersion" in metadata:
                replace = self._api.replace_namespaced_custom_object
                return self._call("writing", replace, name=self.name, body=body)
            return self._call("creating", self._api.create_namespaced_custom_object, body=body)
        except ApiException as error:
            if error.status == 409:
                return None
            raise ClusterCallError(
                f"there is no namespace {self.namespace}, or no longer its Lease"
            ) from None

    @property
    def _api(self) -> client.CustomObjectsApi:
        return client.CustomObjectsApi(self.connection.client)

    def _call(self, doing: str, function: Any, **options: Any) -> Document:
        place = {
            "group": "coordination.k8s.io",
            "version": "v1",
            "namespace": self.namespace,
            "plural": "leases",
        }
        title = f"{doing} the Lease {self.namespace}/{self.name}"
        found: Document = self.patience.call(title, function, **place, **options)
        return found
