"""Publishes a model to a cluster: what served before serves throughout, and is put back on any failure."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from components.publish.cluster.answers import Wanted, await_answers, example_row
from components.publish.cluster.collecting import collect
from components.publish.cluster.connection import Connection
from components.publish.cluster.evidence import Evidence, report
from components.publish.cluster.failures import (
    ForeignEditError,
    LostLeaseError,
    PublicationError,
    RolloutError,
)
from components.publish.cluster.lease import Lease, held_lease
from components.publish.cluster.leases import Leases
from components.publish.cluster.patience import Patience
from components.publish.cluster.resource import Resource, Say, identity, kept, others
from components.publish.cluster.revision import expected, with_revisions
from components.publish.cluster.rollout import await_rollout, ours
from serving.deployment.manifest import manifest
from serving.deployment.model import MODEL_HASH, PublishedModel
from serving.deployment.settings import DeploymentSettings

Document = dict[str, Any]


@dataclass(frozen=True)
class Pace:
    """How long, in seconds, each part of a publication may take.

    - `rollout`: until every pod is new and available; longer than the deployment's progress deadline, so
      that the cluster's own verdict comes first.
    - `answers`: until the new version then answers.
    - `put_back`: until what served before is rolled out again.
    - `patience`: for an API server that is away, and a webhook that is absent.
    """

    rollout: float
    answers: float = 60.0
    put_back: float = 300.0
    patience: float = 60.0


@dataclass(frozen=True)
class Published:
    """The manifest of what serves now, and how long it took from the apply to an answer."""

    document: Document
    seconds: float


@dataclass(frozen=True)
class Publication:
    """One attempt to have a model served under a name."""

    connection: Connection
    model: PublishedModel
    settings: DeploymentSettings
    pace: Pace
    say: Say

    def run(self) -> Published:
        """Publish; a second run of the same changes nothing and asks for the predictions again.

        Raises PublicationError, with what the cluster shows and what was left behind.
        InvalidDeploymentError for a manifest that a cluster would misread: nothing is changed then.
        """
        name, namespace = self.settings.name, self.settings.namespace
        leases = Leases(self.connection, namespace, name, self._patience)
        with held_lease(leases, self.pace.rollout, self.say) as held:
            return self._publish(held)

    def _publish(self, held: Lease) -> Published:
        current = self._resource.read()
        inherited = held.unfinished(current)
        before = held.before if inherited else current and kept(current)
        document = with_revisions(manifest(self.model, self.settings, before), self.model.content_hash)
        if current is not None and (names := others(current)):
            self.say(f"taking over what {', '.join(names)} wrote of {self._resource.title}")
        held.note(before)
        started, at = time.monotonic(), datetime.now(tz=UTC)
        try:
            applied = self._resource.apply(document)
        except PublicationError as error:
            if not self._is_still(current):
                text = f"{error}\nwhat {self._resource.title} is now is not known: publish again"
                raise PublicationError(text) from None
            if inherited and current is not None:
                raise self._failed(held, current, before, error, at) from None
            held.settle()
            raise PublicationError(f"{error}\n{self._resource.title} is as it was") from None
        self.say(f"applied {self._resource.title}")
        try:
            held.note_applied(applied)
            await_rollout(self._resource, applied, self.pace.rollout, held.renew, self.say)
            self._await_answers(applied, held)
        except LostLeaseError:
            raise
        except PublicationError as error:
            raise self._failed(held, applied, before, error, at) from None
        except Exception as error:
            # Nothing that we foresaw, so it is shown as it is; what served must serve all the same.
            error.add_note(str(self._failed(held, applied, before, error, at)))
            raise
        self._settle(held)
        return Published(document, time.monotonic() - started)

    def _settle(self, held: Lease) -> None:
        """Take the note back; raises what says that the model serves all the same."""
        try:
            held.settle()
        except PublicationError as error:
            raise type(error)(
                f"the model {self.model.content_hash} serves, but the note of what served before it stays, "
                f"and would be put back where the next publication fails: publish again ({error})"
            ) from None

    def _await_answers(self, applied: Document, held: Lease) -> None:
        wanted = Wanted(self.model.content_hash, example_row(self.model.signature))
        for predictor in applied["spec"]["predictors"]:
            if predictor.get("annotations", {}).get(MODEL_HASH) == self.model.content_hash:
                await_answers(self._resource, predictor["name"], wanted, self.pace.answers, held.renew)

    def _is_still(self, current: Mapping[str, Any] | None) -> bool:
        """Whether an apply that the API server did not take, or of which it is not known, changed nothing."""
        try:
            return identity(self._resource.read()) == identity(current)
        except PublicationError:
            return False

    def _failed(
        self,
        held: Lease,
        applied: Document,
        before: Document | None,
        error: Exception,
        since: datetime,
    ) -> PublicationError:
        revisions = [item.revision for item in expected(applied)]
        evidence = self._evidence(held, revisions, since)
        try:
            aftermath = self._aftermath(held, applied, before, error)
        except LostLeaseError as lost:
            return LostLeaseError(report(str(error), evidence, str(lost)))
        except PublicationError as second:
            aftermath = f"what served before could not be put back ({second}): publish again"
        return PublicationError(report(str(error), evidence, aftermath))

    def _aftermath(self, held: Lease, applied: Document, before: Document | None, error: Exception) -> str:
        """Put back what served before, unless it is somebody else's now; say how that went."""
        try:
            if isinstance(error, ForeignEditError):
                raise error
            return self._put_back(held, applied, before)
        except ForeignEditError as edit:
            said = "" if edit is error else f"{edit}: "
        held.settle()
        return f"{said}nothing was put back over that change"

    def _evidence(self, held: Lease, revisions: Sequence[str | None], since: datetime) -> Evidence:
        """What the cluster shows; whatever goes wrong with that must not keep from putting back."""
        try:
            return collect(self._resource, revisions, since, held.renew)
        except Exception as error:  # noqa: BLE001 - it is said in the report
            said = f"what the cluster shows could not be read: {type(error).__name__}: {error}"
            return Evidence(events=(said,))

    def _put_back(self, held: Lease, applied: Document, before: Document | None) -> str:
        """Have what served before, and say how that went."""
        held.renew()
        ours(self._resource, applied)
        if before is None:
            self._resource.remove(applied["metadata"]["uid"])
            held.settle()
            return f"{self._resource.title} was removed: nothing served under this name before"
        restored = self._resource.apply(before)
        name = before["metadata"].get("annotations", {}).get(MODEL_HASH, "of somebody else")
        try:
            await_rollout(self._resource, restored, self.pace.put_back, held.renew, self.say)
        except RolloutError as error:
            held.settle()
            return f"the model {name} was put back, but is not rolled out again: {error}"
        held.settle()
        return f"the model {name} was put back and serves"

    @property
    def _patience(self) -> Patience:
        return Patience(self.pace.patience)

    @property
    def _resource(self) -> Resource:
        return Resource(self.connection, self.settings.namespace, self.settings.name, self._patience)
