"""Who holds the Lease of a deployment's publications, where answers get lost; the API server is a fake."""

from collections.abc import Iterator

import pytest

from components.publish.cluster.connection import Connection
from components.publish.cluster.failures import LostLeaseError
from components.publish.cluster.lease import Leases, held_lease
from components.publish.cluster.patience import Patience
from tests.examples.cluster.fake_api import FakeApi, fake_api

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
        assert not found.unfinished


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
