"""Nothing of a step outlives it, and its memory is that of all its processes."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil
import pytest

from pipelines.local.measurement import peak_memory, resident_memory, running_modules
from serving.local.process import guarded_process
from tests.examples.living_processes import left_of, lives

CHILD_THAT_STAYS = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print(child.pid, flush=True)
"""
HELD = 200_000_000
CHILD_WITH_MEMORY = f"""
import subprocess, sys
PROGRAM = "import time; block = bytearray({HELD}); time.sleep(30)"
subprocess.run([sys.executable, "-c", PROGRAM], check=True)
"""


@contextmanager
def python(program: str) -> Iterator[subprocess.Popen[str]]:
    with guarded_process([sys.executable, "-c", program], {}) as process, output_of(process):
        yield process


def output_of(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout


def test_a_child_that_a_process_left_behind_is_ended_with_it() -> None:
    with python(CHILD_THAT_STAYS) as process:
        child = psutil.Process(int(output_of(process).readline()))
        process.wait()
        assert lives(child)
    assert left_of([child]) == []


def test_leaving_the_block_early_ends_the_process() -> None:
    with pytest.raises(KeyError), python("import signal; signal.pause()") as process:
        raise KeyError
    assert process.returncode == -9


def test_the_exit_code_is_the_commands() -> None:
    with python("raise SystemExit(7)") as process:
        process.wait()
    assert process.returncode == 7


def test_the_memory_of_a_child_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    with python(CHILD_WITH_MEMORY) as process:

        def measured(pid: int) -> int:
            """As it is measured; the child holds its memory no longer than until then."""
            memory = resident_memory(pid)
            if memory > HELD:
                process.kill()
            return memory

        monkeypatch.setattr("pipelines.local.measurement.resident_memory", measured)
        assert peak_memory(process) > HELD


def test_a_module_that_runs_is_named_with_its_memory(tmp_path: Path) -> None:
    (tmp_path / "served.py").write_text("print('started', flush=True); import signal; signal.pause()")
    command = [sys.executable, "-m", "served", "model", "--port", "1"]
    with guarded_process(command, {"PYTHONPATH": str(tmp_path)}) as process, output_of(process) as output:
        output.readline()
        assert list(running_modules(process.pid)) == ["served model"]
        assert running_modules(process.pid)["served model"] > 1_000_000
