"""One program of this machine a deployment: it holds the deployment's directory while it serves."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyServedError(RuntimeError):
    """Another program of this machine serves the deployment, or has one of its ports."""


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Hold the deployment's directory, and clear what an earlier run has left there."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyServedError(f"another program serves {directory.name} from {directory}") from error
        for path in directory.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
        yield
