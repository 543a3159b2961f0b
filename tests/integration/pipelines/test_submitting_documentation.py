"""Every command of the page on submitting runs, against a fake of Kubeflow in the place of a cluster."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.submission.watching import BLOCKED, EXIT_CODES, STOPPED
from tests.examples.pipelines.fake_kubeflow import WORKFLOW, FakeKubeflow, Server, played, serving

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "submitting.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
COMMANDS = [
    line.removeprefix("$ ")
    for kind, block in BLOCKS
    if kind == "console"
    for line in block.splitlines()
    if line.startswith("$ ")
]
PROGRAMS = [block for kind, block in BLOCKS if kind == "python"]
HOST = "http://localhost:8080"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    fake = FakeKubeflow()
    fake.script = played(("ingest", "train"))
    fake.logs[f"{WORKFLOW}-system-container-impl-1001"] = "trained\n"
    with serving(fake) as server:
        yield server


def ran(arguments: list[str]) -> str:
    """What a program of this environment prints."""
    variables = os.environ | {
        "PYTHONPATH": str(ROOT),
        "ONTIME_KFP_POLL_SECONDS": "0.01",
        "KUBECONFIG": "/none",
    }
    ended = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


# In the order of the page: what is listed and looked at was started before.
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_runs(server: Server, command: str) -> None:
    program, *arguments = shlex.split(command)
    assert program == "python"
    run = server.fake.runs[-1]["run_id"] if "RUN" in arguments else ""
    replaced = {HOST: server.address, "RUN": run}
    assert ran([replaced.get(argument, argument) for argument in arguments])


def test_the_program_of_the_page_starts_a_run(server: Server) -> None:
    (program,) = PROGRAMS
    said = ran(["-c", program.replace(HOST, server.address)])
    assert said.splitlines()[-1] == f"{server.address}/#/runs/details/{server.fake.runs[-1]['run_id']}"


def test_the_page_tells_every_exit_code() -> None:
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, flags=re.MULTILINE)}
    assert told == {*EXIT_CODES.values(), 2, BLOCKED, STOPPED}
