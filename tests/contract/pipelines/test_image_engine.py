"""Which container engine builds the images: the script, with fake engines that answer or do not."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "infra" / "images" / "engine.sh"
ENGINES = ("docker", "podman", "buildah")

Choose = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def choose(tmp_path: Path) -> Choose:
    """Runs the script where these engines are installed and these of them answer."""

    def chosen(
        named: str = "", installed: tuple[str, ...] = ENGINES, answering: tuple[str, ...] = ENGINES
    ) -> subprocess.CompletedProcess[str]:
        for name in installed:
            answer = "exit 0" if name in answering else "exit 1"
            (tmp_path / name).write_text(f"#!/bin/sh\n{answer}\n", encoding="utf-8")
            (tmp_path / name).chmod(0o755)
        return subprocess.run(
            ["/bin/bash", str(SCRIPT)],
            env={"PATH": str(tmp_path), "BUILD_ENGINE": named},
            capture_output=True,
            text=True,
            check=False,
        )

    return chosen


def test_the_first_that_answers_is_taken(choose: Choose) -> None:
    process = choose(installed=("docker", "buildah"), answering=("buildah",))
    assert (process.returncode, process.stdout, process.stderr) == (0, "buildah\n", "")


def test_the_named_one_is_taken_before_others_that_answer(choose: Choose) -> None:
    assert choose(named="podman").stdout == "podman\n"


def test_the_named_one_must_answer(choose: Choose) -> None:
    process = choose(named="podman", answering=("docker", "buildah"))
    assert (process.returncode, process.stdout) == (1, "")
    assert "No container engine answers (tried: podman)." in process.stderr


def test_where_none_answers_every_one_that_would_do_is_named(choose: Choose) -> None:
    process = choose(installed=())
    assert (process.returncode, process.stdout) == (1, "")
    assert "No container engine answers (tried: docker podman buildah)." in process.stderr


@pytest.mark.parametrize("named", ["nonesuch", "podman buildah"])
def test_what_the_build_cannot_call_is_refused(choose: Choose, named: str) -> None:
    process = choose(named=named)
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr == f"BUILD_ENGINE names docker, podman or buildah, not '{named}'.\n"
