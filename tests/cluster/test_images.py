"""What is in the images and what is not, and that they run with as few rights as there are."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from components.images import Environment, image
from tests.examples.cluster.hardened import idle
from tests.examples.cluster.namespace import Ended, Namespace

ROOT = Path(__file__).parents[2]
ENVIRONMENTS: tuple[Environment, ...] = ("features", "training", "serving")
# In bytes, what the root file system holds; each image was a tenth smaller when this was written.
LARGEST = {"features": 1.0e9, "training": 7.4e9, "serving": 2.2e9}
NAMED = {"features": "feast", "training": "torch", "serving": "seldon-core"}
NO_PROGRAMS = ("cc", "gcc", "g++", "clang", "ld", "make", "pip", "pip3", "uv", "pytest", "git", "curl")
NO_MODULES = ("pip", "ensurepip", "uv", "pytest", "hypothesis", "syrupy", "tests", "pipelines")
Run = Callable[..., Ended]


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest) -> Environment:
    chosen: Environment = request.param
    return chosen


@pytest.fixture(scope="module")
def run(namespace: Namespace, environment: Environment) -> Run:
    """Runs a command in a pod of the image."""
    pod = namespace.start_ready(idle(environment, image(environment)))
    return lambda *command: namespace.execute(pod, *command)


def test_it_runs_as_a_user_without_rights(run: Run) -> None:
    assert run("id", "-u").output.split() == ["10001"]
    assert run("id", "-g").output.split() == ["0"]


def test_its_root_file_system_cannot_be_written_to(run: Run) -> None:
    mounts = [line.split() for line in run("cat", "/proc/mounts").output.splitlines()]
    (options,) = [fields[3] for fields in mounts if fields[1] == "/"]
    assert options.split(",")[0] == "ro"


@pytest.mark.parametrize("place", ["/app", "/opt/venv", "/var/tmp", "/"])
def test_nothing_can_be_put_anywhere_but_into_tmp(run: Run, place: str) -> None:
    assert "Read-only file system" in run("touch", f"{place}/planted").output
    assert run("touch", "/tmp/kept").code == 0


def test_it_has_what_kubeflow_starts_a_step_with(run: Run) -> None:
    script = "mktemp -d && _KFP_RUNTIME=true python3 -c 'import kfp.dsl.executor_main'"
    ended = run("sh", "-ec", script)
    assert ended.code == 0, ended.output


def test_it_has_the_sources_and_nothing_else_of_the_repository(run: Run) -> None:
    found = run("ls", "-A", "/app", "/app/infra").output.split()
    assert sorted(found) == sorted(
        [
            "/app:",
            "REVISION",
            "components",
            "feature_repo",
            "infra",
            "serving",
            "/app/infra:",
            "versions.toml",
        ]
    )


@pytest.mark.parametrize("program", NO_PROGRAMS)
def test_it_can_build_and_fetch_nothing(run: Run, program: str) -> None:
    assert run("sh", "-c", f"command -v {program}").code != 0


def test_it_has_no_installer_and_no_tests_to_import(run: Run) -> None:
    find = "import importlib.util as it, sys; print([m for m in sys.argv[1:] if it.find_spec(m)])"
    assert run("python3", "-c", find, *NO_MODULES).output.strip() == "[]"


@pytest.mark.parametrize("kind", ["tests", "*.whl", "*.deb", ".cache"])
def test_nothing_is_left_of_what_it_was_made_with(run: Run, kind: str) -> None:
    places = ("/opt", "/app", "/mnt", "/root", "/var/cache", "/home")
    assert run("sh", "-c", f"find {' '.join(places)} -name '{kind}' 2> /dev/null").output == ""


def test_every_module_is_compiled_and_stays_so(run: Run) -> None:
    """A container cannot keep what it compiles, so it would do it at each start."""
    check = (
        "import importlib.util as it, json, kfp, pathlib\n"
        "for root in ('/app', pathlib.Path(kfp.__file__).parent, pathlib.Path(json.__file__).parent):\n"
        "    for path in pathlib.Path(root).rglob('*.py'):\n"
        "        compiled = pathlib.Path(it.cache_from_source(path))\n"
        "        if not compiled.exists() or compiled.read_bytes()[4:8] != bytes([1, 0, 0, 0]): print(path)\n"
    )
    assert run("env", "_KFP_RUNTIME=true", "python3", "-c", check).output == ""


def test_it_stays_as_small_as_it_is(run: Run, environment: Environment) -> None:
    measured = run("sh", "-c", "du --summarize --bytes --one-file-system / 2> /dev/null")
    size = int(measured.output.split()[0])
    assert 0.8 * LARGEST[environment] < size < LARGEST[environment]


@pytest.fixture(scope="module")
def engine() -> str:
    found = subprocess.run([ROOT / "infra/images/engine.sh"], capture_output=True, text=True, check=False)
    if found.returncode != 0:
        pytest.skip("no container engine here, and a cluster does not show the labels of an image")
    return found.stdout.strip()


def test_it_tells_its_revision(run: Run) -> None:
    assert re.fullmatch(r"[0-9a-f]{7,40}(-dirty)?\n", run("cat", "/app/REVISION").output)


def test_its_labels_tell_revision_and_versions(engine: str, run: Run, environment: Environment) -> None:
    labels = _labels(engine, image(environment))
    assert labels["org.opencontainers.image.revision"] == run("cat", "/app/REVISION").output.strip()
    assert labels["org.opencontainers.image.version"] == "0.1.0"
    packages = dict(pair.split("==") for pair in labels["ontime.packages"].split())
    assert packages[NAMED[environment]]


def _labels(engine: str, reference: str) -> dict[str, str]:
    command = {
        "docker": ["docker", "image", "inspect"],
        "podman": ["podman", "image", "inspect"],
        "buildah": ["buildah", "inspect", "--type", "image"],
    }[engine]
    found = json.loads(subprocess.run([*command, reference], capture_output=True, check=True).stdout)
    labels: dict[str, str] = (found["OCIv1"]["config"] if engine == "buildah" else found[0]["Config"])[
        "Labels"
    ]
    return labels
