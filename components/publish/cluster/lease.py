"""One publication of a deployment at a time, and what a killed one leaves for the next.

The lock is a Lease beside the deployment. Its holder renews it while it waits; a Lease that stands still
for its duration belongs to a publication that died, and is taken over. Before anything is changed, what
served is written into the Lease, so that whoever takes over can still put it back.
"""

import json
import os
import socket
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from components.publish.cluster.connection import Connection
from components.publish.cluster.failures import ClusterCallError, LostLeaseError, PublicationError
from components.publish.cluster.patience import Patience
from components.publish.cluster.resource import Say, identity

SERVED_BEFORE = "ontime-publish/served-before"
APPLIED = "ontime-publish/applied"
"""The identity and generation of what was applied since: with another, the note is out of date."""
DURATION_SECONDS = 45
RENEW_SECONDS = 10.0
POLL_SECONDS = 2.0

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


@dataclass
class Lease:
    """A held Lease, and what a publication that died, or failed to put back, had noted in it."""

    leases: Leases
    held: Document
    renewed: float = field(default_factory=time.monotonic)

    def unfinished(self, current: Mapping[str, Any] | None) -> bool:
        """Whether an earlier publication neither ended well nor put back, and nobody changed it since."""
        if SERVED_BEFORE not in self._annotations:
            return False
        applied = self._annotations.get(APPLIED)
        return applied is None or applied == identity(current)

    @property
    def before(self) -> Document | None:
        """What served before the unfinished publication, None where nothing did."""
        document: Document | None = json.loads(self._annotations[SERVED_BEFORE])
        return document

    def note(self, before: Mapping[str, Any] | None) -> None:
        """Write down what is to be put back, before anything is changed."""
        self._annotations[SERVED_BEFORE] = json.dumps(before, separators=(",", ":"))
        self._annotations.pop(APPLIED, None)
        self._write()

    def note_applied(self, applied: Mapping[str, Any]) -> None:
        """Write down for what it is to be put back."""
        self._annotations[APPLIED] = identity(applied)
        self._write()

    def renew(self) -> None:
        """Say that this publication lives, every few seconds; raises LostLeaseError."""
        if time.monotonic() - self.renewed >= RENEW_SECONDS:
            self._write()

    def settle(self) -> None:
        """Say that there is nothing to put back: the new version serves, or what served before does."""
        self._annotations.pop(SERVED_BEFORE, None)
        self._annotations.pop(APPLIED, None)
        self._write()

    def release(self) -> None:
        """Let the next publication begin; what is noted stays for it."""
        holder = self.held["spec"]["holderIdentity"]
        self.held["spec"] |= {"holderIdentity": "", "renewTime": _now()}
        # Where another publication holds it by now, nothing is left to release.
        self.leases.write(self.held, holder)

    @property
    def _annotations(self) -> dict[str, str]:
        annotations: dict[str, str] = self.held["metadata"].setdefault("annotations", {})
        return annotations

    def _write(self) -> None:
        self.held["spec"]["renewTime"] = _now()
        written = self.leases.write(self.held)
        if written is None:
            raise LostLeaseError(
                f"another publication took the Lease {self.leases.namespace}/{self.leases.name} over: "
                "it decides now what is served"
            )
        self.held, self.renewed = written, time.monotonic()


@contextmanager
def held_lease(leases: Leases, seconds: float, say: Say) -> Iterator[Lease]:
    """Hold the deployment's Lease; where another publication does, wait for so many seconds.

    What was noted and not settled when the block ends stays, for the next publication. Raises
    LostLeaseError where the other one does not end, ClusterCallError.
    """
    waiting = _Waiting(leases, say)
    retrying = Retrying(
        retry=retry_if_result(lambda found: found is None),
        wait=wait_fixed(POLL_SECONDS),
        stop=stop_after_delay(seconds),
    )
    try:
        document = retrying(waiting.take)
    except RetryError:
        raise LostLeaseError(
            f"another publication of {leases.namespace}/{leases.deployment} is under way "
            f"({waiting.holder}) and did not end within {seconds:g} s; nothing was changed"
        ) from None
    if document is None:
        raise TypeError("waiting for a Lease ends with it or with an error")
    held = Lease(leases, document)
    try:
        yield held
    except BaseException:
        # The error says more than a failing release could; an unreleased Lease ends by standing still.
        with suppress(PublicationError):
            held.release()
        raise
    try:
        held.release()
    except PublicationError as error:
        say(f"published, but the next publication has to wait {DURATION_SECONDS} s for the Lease: {error}")


@dataclass
class _Waiting:
    """Looks at a Lease until it is free, or has stood still for its duration."""

    leases: Leases
    say: Say
    holder: str = ""
    version: str = ""
    since: float = 0.0

    def take(self) -> Document | None:
        """The Lease, now ours; None while another publication holds it."""
        found = self.leases.read()
        if found is None:
            return self.leases.write({"metadata": {}, "spec": _specification()})
        if not self._is_free(found):
            return None
        if found["spec"].get("holderIdentity"):
            self.say(f"taking over from a publication that died: {found['spec']['holderIdentity']}")
        return self.leases.write({**found, "spec": _specification()})

    def _is_free(self, found: Document) -> bool:
        holder = found["spec"].get("holderIdentity")
        if not holder:
            return True
        now = time.monotonic()
        # By this program's own clock: that of the holder may be another.
        if found["metadata"]["resourceVersion"] != self.version:
            self.version, self.since = found["metadata"]["resourceVersion"], now
        if holder != self.holder:
            self.say(f"waiting for another publication: {holder}")
            self.holder = holder
        return now - self.since > found["spec"].get("leaseDurationSeconds", DURATION_SECONDS)


def _specification() -> Document:
    return {
        "holderIdentity": f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}",
        "leaseDurationSeconds": DURATION_SECONDS,
        "acquireTime": _now(),
        "renewTime": _now(),
    }


def _now() -> str:
    return datetime.now(tz=UTC).isoformat(timespec="microseconds")
