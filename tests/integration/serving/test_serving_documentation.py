"""Every example of the page on serving does what the page says, against the example's own request fields."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
import requests
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.json_format import ParseDict
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from prometheus_client.parser import text_string_to_metric_families

from serving.client.signatures import published_location
from serving.local.settings import LocalSettings
from tests.examples.serving.local_cluster import ROOT, Served
from tests.examples.serving.published_example import publish_example

PLACES = (Path(sys.executable).parent, ROOT / ".venvs" / "go" / "bin")
PATH = os.pathsep.join([*map(str, PLACES), os.environ["PATH"]])
PAGE = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
COMMANDS = [
    line.removeprefix("$ ")
    for kind, block in BLOCKS
    if kind == "console"
    for line in block.splitlines()
    if line.startswith("$ ") and line != "$ make serve"
]
PROGRAMS = [block for kind, block in BLOCKS if kind == "python"]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp("documentation")
    publish_example(directory)
    cluster = Served(directory, {}, deployment="ontime")
    try:
        cluster.wait_until_said("\nready\n", seconds=240)
        yield cluster
    finally:
        cluster.end()


def ran(command: list[str], cluster: Served) -> str:
    """What a command prints, with this cluster's ports in place of the page's."""
    ports = {"localhost:8000": cluster.rest_port, "localhost:5001": cluster.grpc_port}
    for named, port in ports.items():
        command = [part.replace(named, f"localhost:{port}") for part in command]
    command = [part if part != "MODEL" else model_location(cluster) for part in command]
    ended = subprocess.run(
        command, cwd=ROOT, env=environment(cluster), capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def model_location(cluster: Served) -> str:
    return published_location(LocalSettings(deployment="ontime", publish_uri=cluster.directory / "published"))


def environment(cluster: Served) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": str(ROOT),
        "PATH": PATH,
        "ONTIME_PUBLISH_URI": str(cluster.directory / "published"),
        "ONTIME_LOCAL_REST_PORT": str(cluster.rest_port),
        "ONTIME_LOCAL_GRPC_PORT": str(cluster.grpc_port),
    }


def commands(word: str) -> list[list[str]]:
    return [shlex.split(command) for command in COMMANDS if shlex.split(command)[0] == word]


def test_the_page_has_an_example_of_every_way_to_ask() -> None:
    assert {shlex.split(command)[0] for command in COMMANDS} == {"python", "curl", "grpcurl"}
    assert {"requests", "grpc", "SeldonClient"} <= set(re.findall(r"\w+", "".join(PROGRAMS)))


@pytest.mark.parametrize("position", range(len(commands("python"))))
def test_the_command_line_prints_a_probability(cluster: Served, position: int) -> None:
    said = ran(commands("python")[position], cluster)
    assert re.search(r"^probability +0\.\d{4}  that the flight arrives", said, flags=re.MULTILINE)
    assert re.search(r"^outlier +(yes|no)$", said, flags=re.MULTILINE)


def curl(path: str) -> list[list[str]]:
    return [command for command in commands("curl") if any(path in part for part in command)]


def test_curl_gets_a_prediction(cluster: Served) -> None:
    answer = json.loads(ran(curl("predictions")[0], cluster))
    assert answer["data"]["names"] == ["probability"]
    assert len(answer["meta"]["tags"]["row_id"]) == 1


def test_curl_gives_feedback_which_reaches_the_monitor(cluster: Served) -> None:
    before = stored_feedback(cluster)
    ran(curl("feedback")[0], cluster)
    deadline = time.monotonic() + 60
    while stored_feedback(cluster) == before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert stored_feedback(cluster) == before + 1


def stored_feedback(cluster: Served) -> float:
    """How much feedback the monitor says that it has stored."""
    text = requests.get(f"http://127.0.0.1:{cluster.monitor_port}/metrics", timeout=30).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "ontime_monitor_events_total"
        and sample.labels["kind"] == "feedback"
        and sample.labels["outcome"] == "stored"
    )


def test_what_is_refused_names_the_row_and_the_field(cluster: Served) -> None:
    refusal = json.loads(ran(curl("predictions")[-1], cluster))
    assert "row 0" in refusal["status"]["info"]
    assert "flight" in refusal["status"]["info"]


def test_grpcurl_gets_a_prediction(cluster: Served) -> None:
    if shutil.which("grpcurl", path=PATH) is None:
        pytest.skip("grpcurl is not installed; what it does is tested without it")
    answer = json.loads(ran(commands("grpcurl")[0], cluster))
    assert answer["data"]["names"] == ["probability"]


def test_what_grpcurl_sends_is_answered(cluster: Served) -> None:
    """As grpcurl does it: the messages are learnt from the server, and the request is read from its JSON."""
    (command,) = commands("grpcurl")
    service, method = command[-1].split("/")
    with grpc.insecure_channel(f"localhost:{cluster.grpc_port}") as channel:
        pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        procedure = pool.FindServiceByName(service).methods_by_name[method]
        asked, answered = (GetMessageClass(kind) for kind in (procedure.input_type, procedure.output_type))
        message = ParseDict(json.loads(command[command.index("-d") + 1]), asked(), descriptor_pool=pool)
        call = channel.unary_unary(f"/{service}/{method}", asked.SerializeToString, answered.FromString)
        answer = call(message, timeout=60)
    assert list(answer.data.names) == ["probability"]


@pytest.mark.parametrize("position", range(len(PROGRAMS)))
def test_a_python_example_runs(cluster: Served, position: int) -> None:
    program = PROGRAMS[position]
    for named, port in (("8000", cluster.rest_port), ("5001", cluster.grpc_port)):
        program = program.replace(f"localhost:{named}", f"localhost:{port}")
    assert ran([sys.executable, "-c", program], cluster)
