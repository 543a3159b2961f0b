"""What the node `features` makes of a request, as of which instant, and from a store that may be stale."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from feature_repo.request import derive
from serving.artifact import InvalidModelDirectoryError, content_hash
from serving.deployment.settings import Timing
from serving.features import Features
from serving.node.calls import Calls
from serving.node.component import Component
from serving.node.metrics import NodeMetrics
from serving.node.settings import NodeSettings
from serving.online_location import OnlineStoreError
from serving.refusal import RefusedRequestError
from tests.examples.redis_server import PASSWORD, RedisProcess, redis_server
from tests.examples.serving.served_model import (
    DEPARTURE,
    FEATURES,
    KNOWN_TAIL,
    ROW,
    SIGNATURE,
    STORED_AT,
    WEATHER_TTL,
    ServedModel,
    write_served_model,
)

LEAD = timedelta(minutes=60)
LATER = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisProcess]:
    with redis_server() as server:
        yield server


@pytest.fixture(scope="module", params=["sqlite", "redis"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    """A model whose online store is of either kind."""
    url = None if request.param == "sqlite" else request.getfixturevalue("redis").database()
    return write_served_model(tmp_path_factory.mktemp("served"), url)


@pytest.fixture(scope="module")
def node(served: ServedModel) -> Features:
    return loaded(served)


def loaded(served: ServedModel, now: datetime = LATER, **changes: Any) -> Features:
    node = Features(served.settings(**changes), clock=lambda: now)
    node.load()
    return node


def answered(node: Features, *changes: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The columns of the answer by name, and its tags."""
    response = node.transform_input({"rows": [{**ROW, **change} for change in changes]}, [])
    columns = dict(zip(node.class_names(), np.asarray(response.data).T.tolist(), strict=True))
    return columns, response.tags


def departing(instant: datetime) -> dict[str, Any]:
    return {"scheduled_departure": instant.isoformat()}


def test_the_columns_are_those_of_the_signature(node: Features) -> None:
    assert node.class_names() == FEATURES


def test_stored_and_derived_features_stand_in_their_columns(node: Features) -> None:
    columns, _ = answered(node, {})
    assert columns["planes__seats"] == [149]
    assert columns["weather__temperature"] == [60]
    assert columns["carrier_code"] == [SIGNATURE.references["airlines"].index("UA")]
    assert columns["departure_hour"] == [6]


def test_derived_features_are_those_of_training(node: Features) -> None:
    columns, _ = answered(node, {}, {"origin": "JFK", "distance_miles": 900})
    requests, _ = node._request({"rows": [ROW, {**ROW, "origin": "JFK", "distance_miles": 900}]}, [])
    expected = derive(requests, SIGNATURE.references)
    for name in expected:
        assert columns[str(name)] == expected[name].tolist()


def test_an_unknown_key_is_no_error_but_missing(node: Features) -> None:
    columns, tags = answered(node, {}, {"tailnum": "N00000"}, {"tailnum": None})
    assert columns["planes__seats"][0] == 149
    assert np.isnan(columns["planes__seats"][1:]).all()
    assert tags["missing_features"] == [0, 2, 2]


def test_rows_keep_their_order(node: Features) -> None:
    columns, _ = answered(node, *[{"distance_miles": 100 + row, "tailnum": None} for row in range(20)])
    assert columns["distance"] == list(range(100, 120))


def test_a_row_id_is_unique_and_ends_with_the_position(node: Features) -> None:
    first, second = (answered(node, {}, {})[1]["row_id"] for _ in range(2))
    assert len({*first, *second}) == 4
    assert [row_id.rpartition("-")[2] for row_id in first] == ["0", "1"]


def test_the_model_version_is_the_content_hash(node: Features, served: ServedModel) -> None:
    assert answered(node, {})[1]["model_version"] == served.content_hash


def test_a_prediction_is_made_the_lead_before_the_departure(node: Features) -> None:
    _, tags = answered(node, {})
    assert tags["predicted_at"] == [(DEPARTURE - LEAD).strftime("%Y-%m-%dT%H:%M:%SZ")]


def test_a_prediction_is_never_made_later_than_now(served: ServedModel) -> None:
    now = DEPARTURE - 2 * LEAD
    _, tags = answered(loaded(served, now), {})
    assert tags["predicted_at"] == [now.strftime("%Y-%m-%dT%H:%M:%SZ")]


def test_an_offset_changes_nothing(node: Features) -> None:
    local = DEPARTURE.astimezone(tz=None).isoformat()
    assert answered(node, {"scheduled_departure": local})[0] == answered(node, {})[0]


@pytest.mark.parametrize(
    ("as_of", "counts"),
    [
        (STORED_AT - timedelta(seconds=1), False),
        (STORED_AT, True),
        (STORED_AT + WEATHER_TTL, True),
        (STORED_AT + WEATHER_TTL + timedelta(seconds=1), False),
    ],
)
def test_a_stored_value_counts_from_its_event_to_the_end_of_its_time(
    node: Features, as_of: datetime, counts: bool
) -> None:
    columns, _ = answered(node, departing(as_of + LEAD))
    assert np.isnan(columns["weather__temperature"]) != [counts]


def test_a_view_without_a_time_to_live_counts_for_ever(node: Features) -> None:
    columns, _ = answered(node, departing(STORED_AT + timedelta(days=3000)))
    assert columns["planes__seats"] == [149]


def test_requests_at_the_same_time_do_not_mix_their_tags(node: Features) -> None:
    def ask(rows: int) -> tuple[int, int]:
        _, tags = answered(node, *[{"tailnum": None}] * rows)
        return rows, len(tags["missing_features"])

    with ThreadPoolExecutor(4) as threads:
        assert all(rows == tagged for rows, tagged in threads.map(ask, [1, 2, 3, 4] * 20))


def test_nothing_is_written_to_the_model_directory(served: ServedModel, node: Features) -> None:
    answered(node, {})
    assert content_hash(served.directory) == served.content_hash


def test_loading_reads_the_store_once(served: ServedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Feast does at the first read is done before the first request."""
    node = loaded(served)
    monkeypatch.setattr("feast.FeatureStore.get_feature_service", None)
    columns, _ = answered(node, {"tailnum": KNOWN_TAIL})
    assert columns["planes__engines"] == [2]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"online_store": "sqlite:////nowhere/online.db"}, OnlineStoreError),
        ({"online_store": "carrier-pigeon://loft"}, ValueError),
        ({"online_store": "redis://127.0.0.1:9"}, OnlineStoreError),
        ({"online_store": None}, ValueError),
        ({"model_hash": "0" * 64}, InvalidModelDirectoryError),
    ],
)
def test_what_is_not_there_fails_loading(
    served: ServedModel, changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        loaded(served, **changes)


def test_a_store_that_goes_away_is_unavailable_and_not_ready(tmp_path: Path) -> None:
    served = write_served_model(tmp_path)
    node = loaded(served)
    Path(served.online_store.removeprefix("sqlite:///")).write_bytes(b"not a database" * 1000)
    with pytest.raises(RefusedRequestError) as refused:
        answered(node, {})
    assert refused.value.status_code == 503
    assert "the online store cannot be read" in unreadiness(node)


def unreadiness(node: Features) -> str:
    """Why the node is not ready, which it does not tell a client."""
    with pytest.raises(RefusedRequestError) as refused:
        node.health_status()
    assert (refused.value.status_code, str(refused.value)) == (503, "the online store cannot be read now")
    return str(refused.value.__cause__)


def test_why_a_node_is_not_ready_is_one_line_of_its_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    served = write_served_model(tmp_path)
    node = loaded(served)
    store = Path(served.online_store.removeprefix("sqlite:///"))
    store.unlink()
    caplog.clear()
    metrics = NodeMetrics("features")
    calls = Calls(Component(node, metrics.custom), metrics)
    with pytest.raises(RefusedRequestError):
        calls.call("rest", "health_status", calls.component.health)
    assert caplog.messages == [f"not ready: there is no online store at {store}"]
    assert caplog.records[0].exc_info is None


@pytest.fixture
def stoppable() -> Iterator[RedisProcess]:
    with redis_server() as server:
        yield server


def test_a_server_that_goes_away_is_unavailable_and_not_ready_until_it_is_filled_again(
    stoppable: RedisProcess, tmp_path: Path
) -> None:
    url = stoppable.database()
    node = loaded(write_served_model(tmp_path / "first", url))
    stoppable.stop()
    with pytest.raises(RefusedRequestError) as refused:
        answered(node, {})
    assert refused.value.status_code == 503
    reason = unreadiness(node)
    assert "Connection refused" in reason
    assert PASSWORD not in reason
    stoppable.start()
    assert "nothing was materialized" in unreadiness(node)
    write_served_model(tmp_path / "second", url)
    assert node.health_status() == "healthy"
    assert answered(node, {})[1]["missing_features"] == [0]


def test_a_server_that_does_not_answer_is_not_waited_for(stoppable: RedisProcess, tmp_path: Path) -> None:
    """The executor gives a request so long and no longer."""
    node = loaded(write_served_model(tmp_path, stoppable.database()))
    with stoppable.hanging():
        started = time.monotonic()
        with pytest.raises(RefusedRequestError):
            answered(node, {})
        assert time.monotonic() - started < Timing().request
    assert answered(node, {})[1]["missing_features"] == [0]


def test_a_wrong_password_fails_loading(stoppable: RedisProcess, tmp_path: Path) -> None:
    served = write_served_model(tmp_path, stoppable.database())
    with pytest.raises(OnlineStoreError, match="invalid username-password pair"):
        loaded(served, online_store=f"redis://:wrong@127.0.0.1:{stoppable.port}")


def test_no_registry_knows_where_the_store_is(stoppable: RedisProcess, tmp_path: Path) -> None:
    served = write_served_model(tmp_path, stoppable.database())
    written = b"".join(path.read_bytes() for path in served.directory.rglob("*") if path.is_file())
    assert PASSWORD.encode() not in written
    assert str(stoppable.port).encode() not in (served.directory / "registry.pb").read_bytes()


def test_the_settings_may_come_from_the_environment(
    served: ServedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stock wrapper makes an instance without any argument."""
    for name, value in served.values().items():
        monkeypatch.setenv(f"ONTIME_NODE_{name.upper()}", value)
    node = Features()
    node.load()
    assert NodeSettings().model_hash == served.content_hash
    assert answered(node, {})[1]["missing_features"] == [0]
