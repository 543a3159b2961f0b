"""What holds for the whole repository: who knows the example, and that everything says what it is for."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = ("pipelines", "components", "feature_repo", "serving")

# The words of the example, alone or inside another word.
EXAMPLE = re.compile(r"flight|carrier|airport|airline|aircraft|tailnum|weather|nycflights", re.IGNORECASE)
IGNORANT = ("serving", "pipelines", "infra", "components")
KNOWING = ROOT / "components" / "ingest"


def files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def modules() -> list[str]:
    return [str(path.relative_to(ROOT)) for path in files(*PACKAGES) if path.suffix == ".py"]


def test_only_the_feature_repository_and_ingest_know_the_example() -> None:
    knowing = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in files(*IGNORANT)
        if not path.is_relative_to(KNOWING)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if EXAMPLE.search(f"{path.relative_to(ROOT)} {line}")
    ]
    assert knowing == []


@pytest.mark.parametrize("module", modules())
def test_a_module_begins_with_what_it_is_for(module: str) -> None:
    assert ast.get_docstring(ast.parse((ROOT / module).read_text(encoding="utf-8")))


def test_make_alone_lists_every_task() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    tasks = set(re.findall(r"^\.PHONY: (\S+)$", makefile, flags=re.MULTILINE)) - {"help"}
    listed = subprocess.run(["make"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert tasks - {line.split()[0] for line in listed.splitlines()} == set()
    assert {"setup", "test", "check", "demo", "run"} <= tasks
