"""A stand-in for Seldon's operator, named a fake: it turns SeldonDeployments of one namespace into pods.

It makes the Deployments, Services, HorizontalPodAutoscalers and PodDisruptionBudgets that the real one was
seen to make, takes away what is no longer asked for once the new pods are there, and writes the status as
badly as the real one does: stale after a change, flapping, Available in the middle of a roll-out, Creating
for ever over a bad one, and never an observedGeneration. It runs in the test's own process.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import urllib3
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient

from serving.deployment.model import MODEL_HASH
from tests.examples.cluster.made_by_operator import children

FIELD_MANAGER = "fake-seldon-operator"
LOOK_SECONDS = 0.25
# One entry a look, after a change: nothing yet, which leaves the old state standing, and then a flap.
AFTER_A_CHANGE = (None, "Creating", "Available", "Creating")
KINDS = (
    ("apps/v1", "Deployment"),
    ("v1", "Service"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("policy/v1", "PodDisruptionBudget"),
)

Document = dict[str, Any]


@dataclass
class FakeOperator:
    """Reconciles until it is told to stop.

    - `failures`: what it says, with Failed, of a model that it is not to serve, by the content hash.
    - `absent`: has it do nothing.
    """

    api: client.ApiClient
    namespace: str
    executor_image: str
    failures: dict[str, str] = field(default_factory=dict)
    absent: bool = False
    error: BaseException | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _looks: dict[tuple[str, int], int] = field(default_factory=dict)

    def run(self) -> None:
        try:
            # Discovery, once: a file for it would be shared with other programs.
            self._dynamic = DynamicClient(self.api)
            while not self._stop.wait(LOOK_SECONDS):
                if not self.absent:
                    # The API server may go away, and objects may change between two calls: look again.
                    with suppress(urllib3.exceptions.HTTPError, ApiException):
                        self._look()
        except BaseException as error:  # The test that uses it is told.
            self.error = error
            raise

    def stop(self) -> None:
        self._stop.set()

    def _look(self) -> None:
        for item in self._seldon_deployments():
            key = item["metadata"]["uid"], item["metadata"]["generation"]
            look = self._looks[key] = self._looks.get(key, -1) + 1
            state = AFTER_A_CHANGE[look] if look < len(AFTER_A_CHANGE) else ""
            if state is None or "deletionTimestamp" in item["metadata"]:
                continue
            model = item["metadata"].get("annotations", {}).get(MODEL_HASH)
            if model in self.failures:
                self._write(item, "Failed", self.failures[model])
                continue
            for child in children(item, self.executor_image):
                self._apply(child)
            self._write(item, state or self._state(item))

    def _seldon_deployments(self) -> list[Document]:
        found: Document = client.CustomObjectsApi(self.api).list_namespaced_custom_object(
            "machinelearning.seldon.io", "v1", self.namespace, "seldondeployments"
        )
        return list(found["items"])

    def _apply(self, document: Document) -> None:
        resource = self._dynamic.resources.get(api_version=document["apiVersion"], kind=document["kind"])
        self._dynamic.server_side_apply(
            resource,
            body=document,
            name=document["metadata"]["name"],
            namespace=self.namespace,
            field_manager=FIELD_MANAGER,
            force_conflicts=True,
        )

    def _state(self, item: Document) -> str:
        """What it says of the Deployments, after it took away those that nobody asks for any more."""
        wanted = {(child["kind"], child["metadata"]["name"]) for child in children(item, self.executor_image)}
        found = client.AppsV1Api(self.api).list_namespaced_deployment(
            self.namespace, label_selector=f"seldon-deployment-id={item['metadata']['name']}"
        )
        ours = [one for one in found.items if ("Deployment", one.metadata.name) in wanted]
        if not all(_is_done(one) for one in ours):
            # In the middle of a roll-out it says Available for a moment.
            halfway = all(0 < (one.status.updated_replicas or 0) == _ready(one) for one in ours)
            return "Available" if halfway else "Creating"
        self._prune(item["metadata"]["name"], wanted)
        return "Available"

    def _prune(self, owner: str, wanted: set[tuple[str, str]]) -> None:
        for api_version, kind in KINDS:
            resource = self._dynamic.resources.get(api_version=api_version, kind=kind)
            selector = f"seldon-deployment-id={owner}"
            for found in resource.get(namespace=self.namespace, label_selector=selector).items:
                if (kind, found.metadata.name) not in wanted:
                    resource.delete(name=found.metadata.name, namespace=self.namespace)

    def _write(self, item: Document, state: str, description: str = "") -> None:
        status = item.get("status", {})
        if (status.get("state"), status.get("description", "")) == (state, description):
            return
        client.CustomObjectsApi(self.api).patch_namespaced_custom_object_status(
            "machinelearning.seldon.io",
            "v1",
            self.namespace,
            "seldondeployments",
            item["metadata"]["name"],
            {"status": {"state": state, "description": description or None}},
            field_manager=FIELD_MANAGER,
            _content_type="application/merge-patch+json",
        )


def _is_done(deployment: Any) -> bool:
    status, wanted = deployment.status, deployment.spec.replicas
    counts = (status.updated_replicas or 0, status.replicas or 0, _ready(deployment))
    return (status.observed_generation or 0) >= deployment.metadata.generation and counts == (wanted,) * 3


def _ready(deployment: Any) -> int:
    return deployment.status.available_replicas or 0


@contextmanager
def fake_operator(api: client.ApiClient, namespace: str, executor_image: str) -> Iterator[FakeOperator]:
    """The operator of a namespace, while the block lasts."""
    operator = FakeOperator(api, namespace, executor_image)
    thread = threading.Thread(target=operator.run, name=f"fake-operator-{namespace}", daemon=True)
    thread.start()
    try:
        yield operator
        if operator.error is not None:
            raise RuntimeError("the fake operator died") from operator.error
    finally:
        operator.stop()
        thread.join()
