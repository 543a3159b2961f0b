"""What is published while a deployment serves takes over without a request being lost."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest
import requests
from seldon_core.proto import prediction_pb2, prediction_pb2_grpc

from tests.examples.serving.local_cluster import Served, publish, served

ROW = {"data": {"ndarray": [["a"]]}}
PAUSE_SECONDS = 0.01
# What a busy machine keeps waiting is not lost.
PATIENCE_SECONDS = 60
ENOUGH = 50


class Load(threading.Thread):
    """A client that asks again and again; keeps who answered, and what went wrong."""

    def __init__(self, ask: Callable[[], str], stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._ask = ask
        self._stop_asking = stop
        self.answered: Counter[str] = Counter()
        self.lost: list[str] = []

    def run(self) -> None:
        while not self._stop_asking.is_set():
            try:
                self.answered[self._ask()] += 1
            except (requests.RequestException, grpc.RpcError, KeyError) as error:
                self.lost.append(repr(error))
            time.sleep(PAUSE_SECONDS)


def over_rest(cluster: Served, post: Callable[..., requests.Response]) -> Callable[[], str]:
    return lambda: post(cluster.url, json=ROW, timeout=PATIENCE_SECONDS).json()["meta"]["tags"]["model"]


def over_grpc(cluster: Served) -> Callable[[], str]:
    channel = grpc.insecure_channel(f"127.0.0.1:{cluster.grpc_port}")
    service = prediction_pb2_grpc.SeldonStub(channel)
    message = prediction_pb2.SeldonMessage()
    message.data.ndarray.values.add().list_value.values.add().string_value = "a"
    return lambda: service.Predict(message, timeout=PATIENCE_SECONDS).meta.tags["model"].string_value


class RollOver:
    def __init__(self, directory: Path) -> None:
        self.first = publish(directory, "first", time_out=PATIENCE_SECONDS)
        with served(directory) as cluster:
            stop = threading.Event()
            self.loads = {
                "rest": Load(over_rest(cluster, requests.Session().post), stop),
                "rest, a connection each": Load(over_rest(cluster, requests.post), stop),
                "grpc": Load(over_grpc(cluster), stop),
            }
            for load in self.loads.values():
                load.start()
            self._wait_until_each_was_answered_by(self.first)
            self.second = publish(directory, "second", time_out=PATIENCE_SECONDS)
            cluster.wait_until_said(f"model {self.first[:12]} has ended")
            self._wait_until_each_was_answered_by(self.second)
            stop.set()
            for load in self.loads.values():
                load.join()
            self.said = cluster.said
            self.left = [process.cmdline() for process in cluster.processes()]

    def _wait_until_each_was_answered_by(self, model: str) -> None:
        deadline = time.monotonic() + 60
        while not all(load.answered[model] >= ENOUGH for load in self.loads.values()):
            assert time.monotonic() < deadline, {name: load.answered for name, load in self.loads.items()}
            time.sleep(0.02)


@pytest.fixture(scope="module")
def roll_over(tmp_path_factory: pytest.TempPathFactory) -> RollOver:
    return RollOver(tmp_path_factory.mktemp("roll-over"))


CLIENTS = ("rest", "rest, a connection each", "grpc")


@pytest.mark.parametrize("client", CLIENTS)
def test_no_request_is_lost(roll_over: RollOver, client: str) -> None:
    assert roll_over.loads[client].lost == []


@pytest.mark.parametrize("client", CLIENTS)
def test_first_the_old_model_answers_and_then_the_new_one_alone(roll_over: RollOver, client: str) -> None:
    assert set(roll_over.loads[client].answered) == {roll_over.first, roll_over.second}


def test_the_containers_of_the_old_model_have_ended(roll_over: RollOver) -> None:
    names = ("features", "outliers", "model", "monitor")
    counted = Counter(command[-1] for command in roll_over.left if command[-1] in names)
    assert counted == dict.fromkeys(names, 1)
