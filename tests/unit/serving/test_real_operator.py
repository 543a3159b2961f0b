"""The tests on a cluster find Seldon's own operator before their fake one writes anything."""

import pytest

from tests.examples.cluster.fake_api import fake_api
from tests.examples.cluster.real_operator import namespaces_of_the_operator


@pytest.mark.parametrize(
    ("deployment", "found"), [("seldon-controller-manager", ["seldon-system"]), ("coredns", [])]
)
def test_the_operator_is_found_by_its_deployment(deployment: str, found: list[str]) -> None:
    with fake_api() as (connection, api):
        api.objects[f"/apis/apps/v1/deployments/{deployment}"] = {
            "metadata": {"name": deployment, "namespace": "seldon-system"},
            "spec": {"selector": {}, "template": {}},
        }
        assert namespaces_of_the_operator(connection.client) == found
