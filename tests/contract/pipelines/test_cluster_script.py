"""What `make cluster` would run: the script, with fake tools that only write down how they are called."""

import os
import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "infra" / "kubernetes" / "cluster.sh"
VERSIONS = tomllib.loads((ROOT / "infra" / "versions.toml").read_text(encoding="utf-8"))
PLATFORM = VERSIONS["platform"]
TOOLS = ("kind", "kubectl", "helm", "git", "docker", "podman")
# What the script uses of the machine itself.
SYSTEM = ("bash", "env", "dirname", "sed", "grep", "mktemp", "rm", "cat", "base64", "head", "od", "tr")
# The store of objects is the one whose answer is waited for. Podman overwrites no archive.
FAKE = """#!/usr/bin/env bash
echo "$(basename "$0") $*" >> "$FAKE_TOOLS_LOG"
case "$*" in *"$FAKE_REFUSED"*) exit 1 ;; esac
case "$(basename "$0") $*" in "podman save"*) [ ! -s "$3" ] || exit 125; echo archive > "$3" ;; esac
case "$*" in *--stdin*|*/dev/stdin*|*--filename\\ -*) cat > /dev/null ;; esac
case "$*" in *"weed shell") echo "$FAKE_BUCKETS" ;; esac
"""

Run = Callable[..., tuple[subprocess.CompletedProcess[str], list[str]]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the script where nothing but fake tools is on the path."""

    def ended(
        *arguments: str,
        without: tuple[str, ...] = (),
        buckets: str = "ontime",
        refused: str = "nothing is refused",
    ) -> tuple[subprocess.CompletedProcess[str], list[str]]:
        tools, log = tmp_path / "fake-tools", tmp_path / "log"
        tools.mkdir()
        log.touch()
        for name in {*TOOLS} - {*without}:
            (tools / name).write_text(FAKE, encoding="utf-8")
            (tools / name).chmod(0o755)
        for name in (*SYSTEM, "basename"):
            [found] = [path for path in (Path("/usr/bin", name), Path("/bin", name)) if path.exists()][:1]
            (tools / name).symlink_to(found)
        environment = {
            "PATH": str(tools),
            "HOME": str(tmp_path),
            "FAKE_TOOLS_LOG": str(log),
            "FAKE_BUCKETS": buckets,
            "FAKE_REFUSED": refused,
        }
        if "TMPDIR" in os.environ:
            environment["TMPDIR"] = os.environ["TMPDIR"]
        process = subprocess.run(
            [str(SCRIPT), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        return process, log.read_text(encoding="utf-8").splitlines()

    return ended


def test_up_ends_with_the_addresses(run: Run) -> None:
    process, _ = run("up")
    assert (process.returncode, process.stderr) == (0, "")
    assert "http://localhost:8080" in process.stdout
    assert "http://localhost:3000" in process.stdout


def test_the_node_is_the_pinned_one(run: Run) -> None:
    _, called = run("up")
    [created] = [line for line in called if line.startswith("kind create")]
    assert f"--image {PLATFORM['kind_node']} " in created


def test_everything_that_is_fetched_has_the_pinned_version(run: Run) -> None:
    _, called = run("up")
    fetched = [line for line in called if "https://" in line]
    versions = [re.findall(r"(?:\?ref=|--version )(\S+)", line) for line in fetched]
    assert versions == [
        [PLATFORM["kubeflow_pipelines"]],
        [PLATFORM["seldon_core"]],
        [PLATFORM["kube_prometheus_stack"]],
    ]


def test_only_its_own_cluster_is_touched(run: Run) -> None:
    _, called = run("up")
    acting = [line for line in called if line.startswith(("kubectl", "helm"))]
    assert len(acting) > 10
    assert [line for line in acting if "context kind-ontime" not in line] == []


def test_the_platform_is_there_before_what_is_ours(run: Run) -> None:
    _, called = run("up")
    order = [
        "cluster-scoped-resources",
        "/kubeflow-pipelines",
        "seldon-core-operator",
        "kube-prometheus-stack ",
        "/overlays/kind",
    ]
    places = [next(place for place, line in enumerate(called) if mark in line) for mark in order]
    assert places == sorted(places)


@pytest.mark.parametrize("tool", ["kind", "kubectl", "helm", "git"])
def test_a_tool_that_is_missing_is_named_before_anything_is_done(run: Run, tool: str) -> None:
    process, called = run("up", without=(tool,))
    assert process.returncode == 1
    assert re.fullmatch(f"{tool} is missing: .*\n", process.stderr)
    assert called == ["docker info"]


def test_without_a_container_engine_it_says_so(run: Run) -> None:
    process, called = run("up", without=("docker", "podman"))
    assert (process.returncode, called) == (1, [])
    assert process.stderr == "No container engine answers: start docker, or install podman.\n"


@pytest.mark.parametrize(
    ("command", "tools"), [("up", ["kind", "kubectl", "helm", "git"]), ("down", ["kind"])]
)
def test_all_that_is_missing_is_named_in_one_run(run: Run, command: str, tools: list[str]) -> None:
    process, _ = run(command, without=TOOLS)
    assert process.returncode == 1
    said = [line.partition(" is missing")[0] for line in process.stderr.splitlines()]
    assert said == [*tools, "No container engine answers: start docker, or install podman."]


def test_podman_brings_every_image(run: Run) -> None:
    process, called = run("up", without=("docker",))
    assert process.returncode == 0
    assert len([line for line in called if line.startswith("kind load")]) == 3


def test_a_bucket_that_was_not_made_is_said(run: Run) -> None:
    process, _ = run("up", buckets="mlpipeline")
    assert process.returncode == 1
    assert process.stderr == "The bucket 'ontime' could not be made.\n"


def test_a_store_of_objects_that_cannot_be_asked_is_said_in_one_line(run: Run) -> None:
    process, _ = run("up", refused="weed shell")
    assert process.returncode == 1
    assert re.fullmatch(r"The store of objects could not be asked; .*\n", process.stderr)
    assert "exec --stdin deployment/seaweedfs -- /usr/bin/weed shell" in process.stderr


def test_passwords_that_cannot_be_read_are_not_made_anew(run: Run) -> None:
    process, called = run("up", refused="get secret ontime-store-passwords")
    assert process.returncode == 1
    assert [line for line in called if "create secret" in line] == []


def test_keys_that_cannot_be_read_are_given_to_no_account(run: Run) -> None:
    process, called = run("up", refused="{.data.AWS_SECRET_ACCESS_KEY}")
    assert process.returncode == 1
    assert [line for line in called if "weed shell" in line] == []


def test_down_removes_the_cluster(run: Run) -> None:
    process, called = run("down")
    assert process.returncode == 0
    assert called[-1] == "kind delete cluster --name ontime"
