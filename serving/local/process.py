"""A child process that does not outlive the program that started it, with everything it started."""

import asyncio
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO

# Waits for the end of its input, which comes when its parent closes it or dies, however it dies; then
# it kills its process group. A shell, since its start costs nothing.
_GUARD = ["sh", "-c", "trap '' HUP INT TERM; read -r _; kill -KILL 0"]


@contextmanager
def guarded_process(
    command: Sequence[str], variables: Mapping[str, str], output: IO[str] | int = subprocess.PIPE
) -> Iterator[subprocess.Popen[str]]:
    """Start a command in a process group of its own; when the block is left, nothing of the group lives.

    The process's standard output, with its standard error in it, is a pipe of lines or goes to `output`.
    """
    with subprocess.Popen(_GUARD, stdin=subprocess.PIPE, process_group=0) as guard:
        process = None
        try:
            process = subprocess.Popen(
                command,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                process_group=guard.pid,
            )
            yield process
        finally:
            if guard.stdin is not None:
                guard.stdin.close()
            guard.wait()
            if process is not None:
                process.wait()


async def end_of(pid: int) -> None:
    """Wait until a process has ended, whoever started it."""
    descriptor = os.pidfd_open(pid)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)
