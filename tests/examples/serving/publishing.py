"""A publication that is killed at one of its file operations, in a process of its own."""

import multiprocessing
import os
import signal
import sys
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

from components.publish.directory import publish_to_directory
from serving.artifact import read
from tests.examples.serving.model_parts import local_settings

SECONDS = 60
WRITING = ("os.mkdir", "os.rename", "os.remove", "os.rmdir")


def publication(model: Path, directory: Path, operation: int) -> ForkProcess:
    """A process that publishes; it inherits every import, since it is one of dozens."""
    return multiprocessing.get_context("fork").Process(
        target=publish_until, args=(model, directory, operation)
    )


def publish_killed(model: Path, directory: Path, operation: int) -> bool:
    """Publish, but kill the process before its `operation`-th change of a file; whether it came that far."""
    process = publication(model, directory, operation)
    process.start()
    process.join(SECONDS)
    if process.is_alive():
        process.kill()
        raise RuntimeError(f"the publication did not end within {SECONDS} s")
    if process.exitcode not in {0, -signal.SIGKILL}:
        raise RuntimeError(f"the publication ended with {process.exitcode}")
    return process.exitcode != 0


def publish_until(model: Path, directory: Path, operation: int) -> None:
    """Publish in this process, which dies before its `operation`-th change of a file; 0 lets it live."""
    seen = 0

    def kill(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        opened = event == "open" and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR))
        if event in WRITING or opened:
            seen += 1
            if seen == operation:
                os.kill(os.getpid(), signal.SIGKILL)

    checked = read(model)
    sys.addaudithook(kill)
    publish_to_directory(checked, local_settings(), directory)
