"""What README and docs tell a reader to type: every command is run here or by CI itself."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.examples.pipelines.fake_kubeflow import FakeKubeflow, serving

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Says itself that everything on it needs a cluster of its own.
NEEDS_A_CLUSTER = ROOT / "docs" / "cluster.md"
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
# Runs all of CI, this test included.
CHECK = "make check"


def commands(*pages: Path) -> list[str]:
    """The lines of every shell block, in the order of the pages, without their comments."""
    blocks = [
        token.content
        for page in pages
        for token in MarkdownIt().parse(page.read_text(encoding="utf-8"))
        if token.type == "fence" and token.info in {"bash", "sh", "shell"}
    ]
    lines = re.sub(r"\\\n\s*", "", "".join(blocks)).splitlines()
    typed = [line.split("  #")[0].strip() for line in lines if not line.startswith("#")]
    return [line for line in typed if line]


TYPED = commands(*(page for page in PAGES if page != NEEDS_A_CLUSTER))
BY_CI = [line for line in TYPED if f"\n{line}\n" in CI or line == CHECK]
RUN_HERE = [line for line in TYPED if line not in BY_CI]
FOR_A_CLUSTER = commands(NEEDS_A_CLUSTER)


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Stores of this test's own, so that what a developer has in the checkout stays as it is."""
    directory = tmp_path_factory.mktemp("stores")
    stores = {"FEATURE_STORE_URI": "store", "PUBLISH_URI": "published"}
    online_store = {"ONTIME_ONLINE_STORE": f"sqlite:///{directory / 'online.db'}"}
    return online_store | {f"ONTIME_{name}": str(directory / place) for name, place in stores.items()}


def test_the_two_commands_of_the_readme_are_run_by_ci() -> None:
    assert {"make demo", "make test"} <= set(BY_CI)


# In the order of the pages: a later command may build on an earlier one.
@pytest.mark.parametrize("command", RUN_HERE)
def test_a_command_of_the_pages_runs(command: str, variables: dict[str, str]) -> None:
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def links(page: Path) -> list[Path]:
    """The files that a page leads to."""
    inlines = [token for token in MarkdownIt().parse(page.read_text(encoding="utf-8")) if token.children]
    found = [
        str(child.attrs["href"])
        for token in inlines
        for child in token.children or ()
        if child.type == "link_open"
    ]
    return [page.parent / link.partition("#")[0] for link in found if not link.startswith(("http", "#"))]


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    assert [link for link in links(page) if not link.exists()] == []


@pytest.mark.parametrize("command", [line for line in FOR_A_CLUSTER if line.startswith("make ")])
def test_a_task_for_a_cluster_is_one_that_make_knows(command: str) -> None:
    subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, check=True, capture_output=True)


@pytest.mark.parametrize("command", [line for line in FOR_A_CLUSTER if " -m pipelines " in line])
def test_a_pipeline_for_a_cluster_is_submitted(command: str) -> None:
    with serving(FakeKubeflow()) as server:
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command.replace("http://localhost:8080", server.address)],
            cwd=ROOT,
            env=os.environ | {"ONTIME_KFP_POLL_SECONDS": "0.01", "KUBECONFIG": "/none"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert len(server.fake.runs) == 1


def test_a_machine_without_python_is_told_so_in_one_sentence(tmp_path: Path) -> None:
    for name in ("Makefile", "infra", "uv.lock"):
        (tmp_path / name).symlink_to(ROOT / name)
    ended = subprocess.run(
        ["make", "demo", "PYTHON=/nowhere/python3.12"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode != 0
    said = [line for line in ended.stderr.splitlines() if not line.startswith("make")]
    assert len(said) == 1
    assert said[0].startswith("Ontime needs Python 3.12")
