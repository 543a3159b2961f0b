"""What is put back, and said, when a publication fails in an unlucky moment; the API server is a fake."""

from collections.abc import Iterator

import pytest

from components.publish.cluster.connection import Connection
from components.publish.cluster.failures import PublicationError
from components.publish.cluster.publication import Pace, Publication
from tests.examples.cluster.fake_api import Answer, FakeApi, fake_api
from tests.examples.serving.model_parts import cluster_settings, published_model

# Nothing rolls out here, since there is no operator.
AT_ONCE = Pace(rollout=0.2, answers=0.2, patience=0.2)
MODEL = published_model("s3://models/aa")
SETTINGS = cluster_settings()
DEPLOYMENT = (
    f"/apis/machinelearning.seldon.io/v1/namespaces/{SETTINGS.namespace}/seldondeployments/{SETTINGS.name}"
)
EVENTS = f"/api/v1/namespaces/{SETTINGS.namespace}/events"


@pytest.fixture
def cluster() -> Iterator[tuple[Connection, FakeApi]]:
    with fake_api() as made:
        yield made


def failed(connection: Connection) -> str:
    with pytest.raises(PublicationError) as raised:
        Publication(connection, MODEL, SETTINGS, AT_ONCE, lambda _line: None).run()
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
