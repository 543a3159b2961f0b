"""One program of this machine a deployment: it holds the deployment's directory while it serves."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from serving.staging import locked


class AlreadyServedError(RuntimeError):
    """Another program of this machine serves the deployment, or has one of its ports."""


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Hold the deployment's directory, and clear what an earlier run has left there."""
    with ExitStack() as held:
        try:
            held.enter_context(locked(directory, wait=False))
        except BlockingIOError as error:
            raise AlreadyServedError(f"another program serves {directory.name} from {directory}") from error
        for path in directory.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
        yield
