"""Whatever stands in the executor's place answers, logs and measures as the executor was recorded to do.

`ONTIME_SELDON_EXECUTOR=/path/to/executor` has the same suite run against the real one.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.examples.serving.executor_transcripts import (
    GRPC,
    METRICS_PATH,
    RECORDED,
    REST,
    SCALER,
    SINK,
    SUMMER,
    Case,
    Ports,
    Sink,
    cases,
    engine_command,
    engine_variables,
    header,
    kill,
    label,
    play,
    program,
    wait_until,
    wait_until_accepted,
    wait_until_refused,
    wrapper_command,
    wrapper_variables,
)

pytestmark = pytest.mark.skipif(
    not RECORDED.exists(), reason=f"the recordings of the executor are not here: {RECORDED} does not exist"
)
CASES = cases()
FIRST_WITH_A_NODE_DOWN = next((index for index, case in enumerate(CASES) if "node down" in case["name"]), 0)
VARIES = "<varies>"


class Played:
    """What came of every case, and the metrics before a node was taken down."""

    def __init__(self) -> None:
        self.answers: list[Case] = []
        self.events: list[list[Case]] = []
        self.metrics = ""
        self.ports = Ports()

    def play(self, case: Case, sink: Sink) -> None:
        self.answers.append(play(case, self.ports))
        self.events.append(sink.take(len(case["events"])))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """Every case asked in its turn, with the recorded nodes under the wrapper that they ran under then."""
    directory = tmp_path_factory.mktemp("conformance")
    run = Played()
    ports = run.ports
    scaler = wrapper_command("nodes.Scaler", "TRANSFORMER", ports[SCALER[0]], ports[SCALER[1]], ports[6000])
    summer = wrapper_command("nodes.Summer", "MODEL", ports[SUMMER[0]], ports[SUMMER[1]], ports[6001])
    with ExitStack() as stack:
        sink = stack.enter_context(Sink(ports[SINK]))
        nodes = [
            stack.enter_context(program(command, wrapper_variables(name), directory))
            for name, command in (("scaler", scaler), ("summer", summer))
        ]
        stack.enter_context(program(engine_command(ports), engine_variables(ports), directory))
        for port in (SCALER[0], SUMMER[0]):
            wait_until(f"http://127.0.0.1:{ports[port]}/health/status")
        wait_until_accepted(*(ports[port] for port in (SCALER[1], SUMMER[1], GRPC)))
        wait_until(f"http://127.0.0.1:{ports[REST]}/ready")
        for case in CASES[:FIRST_WITH_A_NODE_DOWN]:
            run.play(case, sink)
        run.metrics = urlopen(f"http://127.0.0.1:{ports[REST]}{METRICS_PATH}").read().decode()
        kill(nodes[1])
        wait_until_refused(*(ports[port] for port in SUMMER))
        for case in CASES[FIRST_WITH_A_NODE_DOWN:]:
            run.play(case, sink)
        yield run


def equal(recorded: Any, seen: Any) -> bool:
    """Whether two values are equal, where `<varies>` is equal to anything."""
    if recorded == VARIES:
        return True
    if isinstance(recorded, dict) and isinstance(seen, dict):
        return recorded.keys() == seen.keys() and all(equal(recorded[key], seen[key]) for key in recorded)
    if isinstance(recorded, list) and isinstance(seen, list):
        return len(recorded) == len(seen) and all(map(equal, recorded, seen))
    return bool(recorded == seen)


def expected(case: Case, part: str, played: Played) -> Any:
    """A part of a recorded case, with the ports of this run; a name that was made up varies."""
    sent = {
        name.lower() for name, _ in _pairs(case["request"].get("headers", case["request"].get("metadata")))
    }
    return _moved(case[part], played.ports, named="seldon-puid" in sent)


def _pairs(headers: Any) -> list[tuple[str, str]]:
    return list(headers.items()) if isinstance(headers, dict) else [tuple(item) for item in headers or ()]


def _moved(value: Any, ports: Ports, *, named: bool) -> Any:
    if isinstance(value, str):
        return ports.moved(value)
    if isinstance(value, list):
        if len(value) == 2 and not named and str(value[0]).lower() in {"seldon-puid", "ce-requestid"}:
            return [value[0], VARIES]
        return [_moved(item, ports, named=named) for item in value]
    if isinstance(value, dict):
        # The order of a map's entries in protobuf bytes is free: the message that they make is compared.
        kept = {key: item for key, item in value.items() if key != "body_base64"}
        return {key: _moved(item, ports, named=named) for key, item in kept.items()}
    return value


@pytest.mark.parametrize("index", range(len(CASES)), ids=[label(case) for case in CASES])
def test_the_answer_is_the_recorded_one(played: Played, index: int) -> None:
    recorded = expected(CASES[index], "response", played)
    assert equal(recorded, played.answers[index]), (recorded, played.answers[index])


@pytest.mark.parametrize("index", range(len(CASES)), ids=[label(case) for case in CASES])
def test_the_events_are_the_recorded_ones(played: Played, index: int) -> None:
    recorded = expected(CASES[index], "events", played)
    assert equal(recorded, played.events[index]), (recorded, played.events[index])


def test_an_event_has_the_name_of_the_request_that_it_tells_of(played: Played) -> None:
    for answer, events in zip(played.answers, played.events, strict=True):
        sent = answer.get("headers", answer.get("initial_metadata"))
        names = {value for name, value in sent or () if name.lower() == "seldon-puid"}
        if events and names:
            assert {header(event, "Ce-Requestid") for event in events} == names


def test_an_event_is_identified_timed_and_traced(played: Played) -> None:
    events = [event for case in played.events for event in case]
    identifiers = Counter(header(event, "Ce-Id") for event in events)
    assert max(identifiers.values()) == 1
    for event in events:
        assert re.fullmatch(r"[0-9a-f-]{36}", header(event, "Ce-Id"))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", header(event, "Ce-Time"))
        spans = [header(event, name) for name in ("Traceparent", "Ce-Traceparent")]
        assert all(re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]", span) for span in spans)
        assert len({span[:36] for span in spans}) == 1


def series(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """The executor's own samples by name and labels; a node's go by its own name."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("seldon_api_executor_")
    }


def test_the_metrics_have_the_recorded_names_and_labels(played: Played) -> None:
    recorded = series((RECORDED / "metrics.txt").read_text())
    assert recorded.keys() == series(played.metrics).keys()


def test_the_metrics_have_counted_what_was_counted_then(played: Played) -> None:
    recorded, seen = series((RECORDED / "metrics.txt").read_text()), series(played.metrics)
    counts = {key: value for key, value in recorded.items() if key[0].endswith("_count")}
    assert counts == {key: seen[key] for key in counts}
