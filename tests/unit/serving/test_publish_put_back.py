"""What is put back, and said, when a publication fails in an unlucky moment; the API server is a fake."""

import json
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from components.publish.cluster import answers, lease, publication
from components.publish.cluster.connection import Connection
from components.publish.cluster.failures import LostLeaseError, PublicationError
from components.publish.cluster.gateway import Gateway
from components.publish.cluster.journal import SERVED_BEFORE
from components.publish.cluster.publication import Pace, Publication
from serving.deployment.manifest import manifest
from tests.examples.cluster.fake_api import Answer, FakeApi, fake_api, refusal
from tests.examples.serving.model_parts import cluster_settings, published_model

# Nothing rolls out here, since there is no operator.
AT_ONCE = Pace(rollout=0.2, answers=0.2, put_back=0.2, patience=0.2)
MODEL = published_model("s3://models/aa")
SETTINGS = cluster_settings()
DEPLOYMENT = (
    f"/apis/machinelearning.seldon.io/v1/namespaces/{SETTINGS.namespace}/seldondeployments/{SETTINGS.name}"
)
LEASE = f"/apis/coordination.k8s.io/v1/namespaces/{SETTINGS.namespace}/leases/ontime-publish-{SETTINGS.name}"
EVENTS = f"/api/v1/namespaces/{SETTINGS.namespace}/events"


@pytest.fixture
def cluster() -> Iterator[tuple[Connection, FakeApi]]:
    with fake_api() as made:
        yield made


def run(connection: Connection) -> None:
    Publication(connection, MODEL, SETTINGS, AT_ONCE, lambda _line: None).run()


def failed(connection: Connection) -> str:
    with pytest.raises(PublicationError) as raised:
        run(connection)
    return str(raised.value)


def test_evidence_that_cannot_be_read_keeps_nothing_from_being_put_back(
    cluster: tuple[Connection, FakeApi],
) -> None:
    connection, api = cluster

    def asked(_method: str, path: str) -> Answer | None:
        return (200, {"items": [{"metadata": {}}]}) if path == EVENTS else None

    api.asked = asked
    text = failed(connection)
    assert "what the cluster shows could not be read" in text
    assert text.endswith("was removed: nothing served under this name before")
    assert DEPLOYMENT not in api.objects


def test_somebody_who_changes_it_before_it_is_put_back_keeps_the_change(
    cluster: tuple[Connection, FakeApi],
) -> None:
    connection, api = cluster

    def asked(_method: str, path: str) -> Answer | None:
        if path == EVENTS:
            edited = {**api.objects[DEPLOYMENT], "spec": {"predictors": []}}
            api.objects[DEPLOYMENT] = api.store(DEPLOYMENT, edited)
        return None

    api.asked = asked
    text = failed(connection)
    assert text.startswith("not rolled out after 0.2 s")
    assert text.endswith("nothing was put back over that change")
    assert api.objects[DEPLOYMENT]["spec"] == {"predictors": []}
    assert SERVED_BEFORE not in api.objects[LEASE]["metadata"].get("annotations", {})


def take_the_lease_while_evidence_is_read(api: FakeApi) -> None:
    """Have another publication hold it from then on."""

    def asked(_method: str, path: str) -> Answer | None:
        if path == EVENTS:
            taken = {**api.objects[LEASE], "spec": {**api.objects[LEASE]["spec"], "holderIdentity": "other"}}
            api.store(LEASE, taken)
        return None

    api.asked = asked


def test_a_publication_that_takes_the_lease_while_it_is_put_back_is_told(
    cluster: tuple[Connection, FakeApi],
) -> None:
    connection, api = cluster

    take_the_lease_while_evidence_is_read(api)
    with pytest.raises(LostLeaseError) as raised:
        run(connection)
    assert str(raised.value).startswith("not rolled out after 0.2 s")
    assert "another publication took the Lease" in str(raised.value)
    assert SERVED_BEFORE in api.objects[LEASE]["metadata"]["annotations"]


def test_nothing_is_put_back_once_another_publication_took_the_lease(
    cluster: tuple[Connection, FakeApi], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, api = cluster
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.0)

    take_the_lease_while_evidence_is_read(api)
    with pytest.raises(LostLeaseError):
        run(connection)
    assert DEPLOYMENT in api.objects


def test_what_a_killed_publication_left_is_put_back_where_the_next_is_refused(
    cluster: tuple[Connection, FakeApi],
) -> None:
    connection, api = cluster
    before = manifest(MODEL, SETTINGS.model_copy(update={"replicas": 3}))
    api.store(DEPLOYMENT, manifest(MODEL, SETTINGS.model_copy(update={"replicas": 4})))
    note = {SERVED_BEFORE: json.dumps(before)}
    api.store(LEASE, {"metadata": {"annotations": note}, "spec": {"holderIdentity": ""}})
    refusals = [refusal(422, "not this one")]

    def asked(method: str, _path: str) -> Answer | None:
        return refusals.pop() if method == "PATCH" and refusals else None

    api.asked = asked
    text = failed(connection)
    assert "not this one" in text.splitlines()[0]
    assert f"the model {MODEL.content_hash} was put back" in text
    assert api.objects[DEPLOYMENT]["spec"] == before["spec"]


@pytest.mark.parametrize("status", [409, 422])
def test_no_secret_of_a_refusal_is_shown_not_even_by_the_traceback(
    cluster: tuple[Connection, FakeApi], status: int
) -> None:
    connection, api = cluster

    def asked(method: str, _path: str) -> Answer | None:
        return refusal(status, "no redis://:correct-horse@redis") if method == "PATCH" else None

    api.asked = asked
    with pytest.raises(PublicationError) as raised:
        run(connection)
    shown = "".join(traceback.format_exception(raised.value))
    assert "no redis://:***@redis" in shown
    assert "correct-horse" not in shown


def test_a_note_that_cannot_be_taken_back_hides_not_that_the_model_serves(
    cluster: tuple[Connection, FakeApi], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, api = cluster

    def answers(*_arguments: object) -> None:
        api.asked = lambda method, path: refusal(500, path) if method == "PUT" else None

    monkeypatch.setattr(publication, "await_rollout", lambda *_arguments: None)
    monkeypatch.setattr(publication, "await_answers", answers)
    text = failed(connection)
    assert text.startswith(f"the model {MODEL.content_hash} serves, but the note of what served before")
    assert DEPLOYMENT in api.objects


def test_a_page_in_the_place_of_a_prediction_is_no_answer_and_what_served_is_put_back(
    cluster: tuple[Connection, FakeApi], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, api = cluster

    @contextmanager
    def way(*_arguments: object) -> Iterator[Gateway]:
        yield Gateway(rest=connection.client.configuration.host.removeprefix("http://"), grpc="127.0.0.1:1")

    def asked(_method: str, path: str) -> Answer | None:
        return (200, b"<html>Log in</html>") if path.endswith("/predictions") else None

    monkeypatch.setattr(publication, "await_rollout", lambda *_arguments: None)
    monkeypatch.setattr(answers, "gateway", way)
    api.asked = asked
    text = failed(connection)
    assert "does not answer with version" in text.splitlines()[0]
    assert text.endswith("was removed: nothing served under this name before")


def test_what_nobody_foresaw_is_raised_as_it_is_once_what_served_is_put_back(
    cluster: tuple[Connection, FakeApi], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, api = cluster
    before = api.store(DEPLOYMENT, manifest(MODEL, SETTINGS.model_copy(update={"replicas": 3})))

    def answers_oddly(*_arguments: object) -> None:
        raise ZeroDivisionError("odd")

    monkeypatch.setattr(publication, "await_rollout", lambda *_arguments: None)
    monkeypatch.setattr(publication, "await_answers", answers_oddly)
    with pytest.raises(ZeroDivisionError, match="odd") as raised:
        run(connection)
    assert api.objects[DEPLOYMENT]["spec"] == before["spec"]
    assert f"the model {MODEL.content_hash} was put back and serves" in raised.value.__notes__[0]
