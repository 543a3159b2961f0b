"""One publication of a deployment at a time, and what a killed one leaves for the next.

The lock is a Lease beside the deployment. Its holder renews it while it waits; a Lease that stands still
for its duration belongs to a publication that died, and is taken over. Before anything is changed, what
served is written into the Lease, so that whoever takes over can still put it back.
"""

import os
import socket
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from components.publish.cluster import journal
from components.publish.cluster.failures import LostLeaseError, PublicationError
from components.publish.cluster.leases import Leases
from components.publish.cluster.resource import Say

DURATION_SECONDS = 45
RENEW_SECONDS = 10.0
POLL_SECONDS = 2.0

Document = dict[str, Any]


@dataclass
class Lease:
    """A held Lease, and what a publication that died, or failed to put back, had noted in it."""

    leases: Leases
    held: Document
    renewed: float = field(default_factory=time.monotonic)

    def unfinished(self, current: Mapping[str, Any] | None) -> bool:
        """Whether an earlier publication neither ended well nor put back, and nobody changed it since."""
        return journal.is_unfinished(self._annotations, current)

    @property
    def before(self) -> Document | None:
        """What served before the unfinished publication, None where nothing did."""
        return journal.served_before(self._annotations)

    def note(self, before: Mapping[str, Any] | None) -> None:
        """Write down what is to be put back, before anything is changed."""
        journal.note(self._annotations, before)
        self._write()

    def note_applied(self, applied: Mapping[str, Any]) -> None:
        """Write down for what it is to be put back."""
        journal.note_applied(self._annotations, applied)
        self._write()

    def renew(self) -> None:
        """Say that this publication lives, every few seconds; raises LostLeaseError."""
        if time.monotonic() - self.renewed >= RENEW_SECONDS:
            self._write()

    def settle(self) -> None:
        """Say that there is nothing to put back: the new version serves, or what served before does."""
        journal.settle(self._annotations)
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
