"""A namespace of a test's own in a real cluster, which enforces the restricted Pod Security Standard."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kubernetes import client, watch
from kubernetes.stream import stream

Document = dict[str, Any]

RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
# With these a container waits for ever. A missing Secret may only be unknown to the kubelet yet.
HOPELESS = {
    "ErrImageNeverPull",
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
}


class PodError(RuntimeError):
    """A pod that did not come where it was waited for; the message says where it stands."""


@dataclass(frozen=True)
class Ended:
    """How a pod or a command in it ended."""

    code: int
    output: str


@dataclass(frozen=True)
class Namespace:
    """The namespace, and what a test does there."""

    api: client.ApiClient
    name: str

    @property
    def core(self) -> Any:
        # Its types refuse the plain documents that it takes.
        return client.CoreV1Api(self.api)

    def start(self, pod: Document) -> str:
        """Create a pod; returns its name."""
        self.core.create_namespaced_pod(self.name, pod)
        return str(pod["metadata"]["name"])

    def start_ready(self, pod: Document, seconds: int = 120) -> str:
        """Create a pod, and return its name when it is ready."""
        name = self.start(pod)
        for status in self._statuses(name, seconds):
            if any((item.type, item.status) == ("Ready", "True") for item in status.conditions or []):
                return name
        raise PodError(f"{name} was not watched to its end")

    def run(self, pod: Document, seconds: int = 600) -> Ended:
        """Create a pod of one container, which ends by itself; it stays there."""
        name = self.start(pod)
        for status in self._statuses(name, seconds):
            if status.phase in {"Succeeded", "Failed"}:
                break
        log = str(self.core.read_namespaced_pod_log(name, self.name))
        (container,) = status.container_statuses
        return Ended(container.state.terminated.exit_code, log)

    def execute(self, pod: str, *command: str, container: str = "main") -> Ended:
        """Run a command in a container of a pod."""
        # `stream` makes a web-socket client of the API client that it is given.
        core = client.CoreV1Api(client.ApiClient(self.api.configuration))
        running = stream(
            core.connect_get_namespaced_pod_exec,
            pod,
            self.name,
            container=container,
            command=list(command),
            stdout=True,
            stderr=True,
            _preload_content=False,
        )
        running.run_forever(timeout=120)
        ended = Ended(running.returncode, running.read_all())
        running.close()
        # A socket that the other side has closed is left open by the line above.
        running.sock.shutdown()
        return ended

    def _statuses(self, pod: str, seconds: int) -> Iterator[Any]:
        """The status of a pod, now and at every change; raises PodError after a time or without hope."""
        status = None
        changes = watch.Watch().stream(
            self.core.list_namespaced_pod,
            self.name,
            field_selector=f"metadata.name={pod}",
            timeout_seconds=seconds,
        )
        for change in changes:
            status = change["object"].status
            containers = [*(status.init_container_statuses or []), *(status.container_statuses or [])]
            waiting = [item.state.waiting for item in containers if item.state.waiting]
            if any(item.reason in HOPELESS for item in waiting):
                raise PodError(f"{pod} cannot start: {waiting}")
            yield status
        raise PodError(f"{pod} took more than {seconds} s: {status}")


@contextmanager
def own_namespace(api: client.ApiClient, purpose: str) -> Iterator[Namespace]:
    """A new namespace, deleted when the block ends."""
    namespace = Namespace(api, f"ontime-{purpose}-{uuid.uuid4().hex[:6]}")
    namespace.core.create_namespace({"metadata": {"name": namespace.name, "labels": RESTRICTED}})
    try:
        _wait_for_account(namespace)
        yield namespace
    finally:
        namespace.core.delete_namespace(namespace.name, grace_period_seconds=0)


def _wait_for_account(namespace: Namespace) -> None:
    """Until the account is there under which pods run."""
    accounts = watch.Watch().stream(
        namespace.core.list_namespaced_service_account,
        namespace.name,
        field_selector="metadata.name=default",
        timeout_seconds=30,
    )
    if next(iter(accounts), None) is None:
        raise PodError(f"namespace {namespace.name} got no service account")
