"""Who holds the Lease of a deployment's publications, where answers get lost; the API server is a fake."""

from collections.abc import Iterator
from typing import Any

import pytest

from components.publish.cluster.connection import Connection
from components.publish.cluster.failures import LostLeaseError
from components.publish.cluster.lease import held_lease
from components.publish.cluster.leases import Leases
from components.publish.cluster.patience import Patience
from tests.examples.cluster.fake_api import FakeApi, fake_api, refusal

LEASE = "/apis/coordination.k8s.io/v1/namespaces/ontime/leases/ontime-publish-parcels"


@pytest.fixture
def cluster() -> Iterator[tuple[Connection, FakeApi]]:
    with fake_api() as made:
        yield made


@pytest.fixture
def api(cluster: tuple[Connection, FakeApi]) -> FakeApi:
    return cluster[1]


@pytest.fixture
def leases(cluster: tuple[Connection, FakeApi]) -> Leases:
    return Leases(cluster[0], "ontime", "parcels", Patience(5))


def taken_by_another(api: FakeApi) -> None:
    api.store(LEASE, {"metadata": {}, "spec": {"holderIdentity": "another"}})


def test_a_lease_that_is_made_is_ours_though_the_answer_is_lost(leases: Leases, api: FakeApi) -> None:
    api.losing.add("POST")
    with held_lease(leases, 0, lambda _line: None) as found:
        assert api.objects[LEASE]["spec"]["holderIdentity"] == found.held["spec"]["holderIdentity"]


def test_a_lease_that_is_written_stays_ours_though_the_answer_is_lost(leases: Leases, api: FakeApi) -> None:
    with held_lease(leases, 0, lambda _line: None) as found:
        api.losing.add("PUT")
        found.note({"spec": "before"})
        assert found.before == {"spec": "before"}
        found.settle()
        assert not found.unfinished(None)


def test_a_lease_is_released_though_the_answer_is_lost(leases: Leases, api: FakeApi) -> None:
    with held_lease(leases, 0, lambda _line: None):
        api.losing.add("PUT")
    assert api.objects[LEASE]["spec"]["holderIdentity"] == ""


def test_a_lease_that_another_holds_by_then_needs_no_release(leases: Leases, api: FakeApi) -> None:
    with held_lease(leases, 0, lambda _line: None):
        taken_by_another(api)
    assert api.objects[LEASE]["spec"]["holderIdentity"] == "another"


def test_a_lease_that_another_took_is_lost(leases: Leases, api: FakeApi) -> None:
    with held_lease(leases, 0, lambda _line: None) as found:
        taken_by_another(api)
        with pytest.raises(LostLeaseError, match="another publication took the Lease ontime/ontime-publish"):
            found.settle()
    assert api.objects[LEASE]["spec"]["holderIdentity"] == "another"


def deployment(generation: int) -> dict[str, Any]:
    return {"metadata": {"uid": "1", "generation": generation}}


def test_a_note_counts_while_what_was_applied_is_still_there(leases: Leases) -> None:
    with held_lease(leases, 0, lambda _line: None) as found:
        found.note(None)
        assert found.unfinished(deployment(7))
        found.note_applied(deployment(7))
    with held_lease(leases, 0, lambda _line: None) as found:
        assert found.unfinished(deployment(7))
        assert not found.unfinished(deployment(8))
        assert not found.unfinished(None)


def test_a_lease_that_cannot_be_released_fails_nothing_and_is_said(leases: Leases, api: FakeApi) -> None:
    said: list[str] = []
    with held_lease(leases, 0, said.append):
        api.asked = lambda method, path: refusal(500, path) if method == "PUT" else None
    assert said[0].startswith("published, but the next publication has to wait 45 s for the Lease: ")
