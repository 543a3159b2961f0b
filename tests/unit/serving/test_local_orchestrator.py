"""The orchestrator reads what the executor reads, and walks graphs of every kind in its order."""

import asyncio
import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from serving.local.orchestrator.annotations import TimeOuts, read_time_outs
from serving.local.orchestrator.arguments import duration
from serving.local.orchestrator.events import Event, EventKind
from serving.local.orchestrator.graph import Node, read_predictor
from serving.local.orchestrator.metrics import QUANTILES, Durations
from serving.local.orchestrator.routes import Found, NotFound, Service, find
from serving.local.orchestrator.walk import Method, Request, Walk

REQUEST = Request(headers=(), puid="puid-1")


def node(name: str, kind: str, *children: Node, logged: bool = False) -> Node:
    return Node.model_validate(
        {
            "name": name,
            "type": kind,
            "endpoint": {"service_host": "localhost", "service_port": 1, "httpPort": 1, "grpcPort": 2},
            "logger": {"mode": "all", "url": "http://localhost:8080"} if logged else None,
            "children": children,
        }
    )


class Recorder:
    """Adds its node and what it was asked to every message; a router answers with its number."""

    def __init__(self, route: int = -1) -> None:
        self._route = route
        self.events: list[Event] = []

    async def call(self, node: Node, method: Method, message: str, request: Request) -> str:
        del request
        return f"{message}>{node.name}{method}"

    async def aggregate(self, node: Node, messages: Sequence[str], request: Request) -> str:
        return await self.call(node, Method.AGGREGATE, f"({'|'.join(messages)})", request)

    def route(self, answer: str) -> int:
        del answer
        return self._route

    def feedback_route(self, message: str, node: Node) -> int:
        del message, node
        return self._route

    def body(self, message: str) -> tuple[bytes, str]:
        return message.encode(), "text/plain"

    def put(self, event: Event) -> None:
        self.events.append(event)


def walked(recorder: Recorder) -> Walk[str]:
    events: Any = recorder
    return Walk(recorder, events)


def predicted(graph: Node, route: int = -1) -> str:
    return asyncio.run(walked(Recorder(route)).predict(graph, "", REQUEST))


LEAVES = (node("a", "MODEL"), node("b", "MODEL"))


def test_a_transformer_comes_before_its_child() -> None:
    assert predicted(node("t", "TRANSFORMER", LEAVES[0])) == ">t/transform-input>a/predict"


def test_an_output_transformer_comes_after_its_child() -> None:
    assert predicted(node("t", "OUTPUT_TRANSFORMER", LEAVES[0])) == ">a/predict>t/transform-output"


def test_a_combiner_gets_the_answers_of_all_children() -> None:
    assert predicted(node("c", "COMBINER", *LEAVES)) == "(>a/predict|>b/predict)>c/aggregate"


@pytest.mark.parametrize(("route", "answer"), [(0, ">a/predict"), (1, ">b/predict"), (-2, "")])
def test_a_router_chooses_a_child_or_none(route: int, answer: str) -> None:
    assert predicted(node("r", "ROUTER", *LEAVES), route) == answer


def test_a_node_with_children_is_logged_twice_as_the_executor_does() -> None:
    recorder = Recorder()
    graph = node("t", "TRANSFORMER", LEAVES[0], logged=True)
    asyncio.run(walked(recorder).predict(graph, "", REQUEST))
    kinds = [event.kind for event in recorder.events]
    assert kinds == [EventKind.REQUEST, EventKind.RESPONSE] * 2


def test_without_a_name_nothing_is_logged() -> None:
    recorder = Recorder()
    unnamed = Request(headers=(), puid=None)
    asyncio.run(walked(recorder).feedback(node("a", "MODEL", logged=True), "", unnamed))
    assert recorder.events == []


def test_feedback_goes_to_models_and_routers_alone() -> None:
    recorder = Recorder()
    graph = node("r", "ROUTER", node("t", "TRANSFORMER", LEAVES[0]))
    answer = asyncio.run(walked(recorder).feedback(graph, "", REQUEST))
    assert answer == ">r/send-feedback"


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0), ("8s", 8), ("250ms", 0.25), ("1m30s", 90), ("1.5s", 1.5)]
)
def test_a_duration_is_read_as_go_writes_it(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "8", "s", "8 s", "-1s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        duration(text)


@pytest.mark.parametrize(
    ("lines", "read"),
    [
        ('seldon.io/rest-timeout="5000"\nseldon.io/grpc-timeout="250"\nother="x"\n', TimeOuts(5, 0.25)),
        ('seldon.io/rest-timeout="5000"\nother="a=b"\n', TimeOuts()),
        ("", TimeOuts()),
    ],
)
def test_time_outs_are_read_from_the_annotations(tmp_path: Path, lines: str, read: TimeOuts) -> None:
    (tmp_path / "annotations").write_text(lines)
    assert read_time_outs(tmp_path / "annotations") == read


def encoded(graph: dict[str, Any]) -> str:
    return base64.b64encode(json.dumps({"name": "default", "graph": graph}).encode()).decode()


@pytest.mark.parametrize(
    "change", [{"type": "model"}, {"implementation": "RANDOM_ABTEST"}, {"methods": ["ROUTE"]}]
)
def test_a_graph_that_the_stand_in_would_walk_otherwise_is_refused(change: dict[str, Any]) -> None:
    document = json.loads(node("a", "MODEL").model_dump_json(by_alias=True))
    assert read_predictor(encoded(document)).graph.name == "a"
    with pytest.raises(ValueError, match=next(iter(change))):
        read_predictor(encoded(document | change))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1.0/predictions", 405),
        ("GET", "/api/v1.0/nowhere", 405),
        ("POST", "/api/v1.0/nowhere", 404),
        ("POST", "/api/v1.0/status/model", 405),
        ("GET", "/nowhere", 404),
    ],
)
def test_an_unknown_path_or_method_gets_the_executors_status(method: str, path: str, status: int) -> None:
    assert find(path, method) == NotFound(status)


def test_a_path_names_the_node_that_it_is_about() -> None:
    found = find("/api/v1.0/status/model", "GET")
    assert isinstance(found, Found)
    assert (found.route.service, found.node) == (Service.STATUS, "model")


def test_the_largest_of_all_durations_is_the_last_quantile() -> None:
    durations = Durations("seconds", "durations", ("code",))
    for seconds in (0.001, 0.02, 0.3):
        durations.observe(("200",), seconds)
    samples = [sample for metric in durations.collect() for sample in metric.samples]
    quantiles = {s.labels["quantile"]: s.value for s in samples if "quantile" in s.labels}
    assert list(quantiles) == list(QUANTILES)
    assert quantiles["1"] == 0.3
    assert quantiles["0.5"] == 0.02
