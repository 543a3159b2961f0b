"""The online store that a replay moves on, through the program that knows how."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import IO


class StoreNotMovedError(RuntimeError):
    """The program that moves the store ended; what it says is in its own log."""


class MovingStore:
    """The other side of a program that takes an instant a line and writes it back when the store is there."""

    def __init__(self, questions: IO[str], answers: IO[str]) -> None:
        self._questions = questions
        self._answers = answers

    def wait(self) -> datetime:
        """Wait for the next answer, and return where the store stands; raises StoreNotMovedError."""
        line = self._answers.readline()
        if not line:
            raise StoreNotMovedError("the program that moves the online store has ended")
        return datetime.fromisoformat(line.strip())

    def move(self, instant: datetime) -> None:
        """Move the store on; returns when it stands at `instant`. Raises StoreNotMovedError."""
        try:
            self._questions.write(f"{instant.isoformat()}\n")
            self._questions.flush()
        except BrokenPipeError as error:
            raise StoreNotMovedError("the program that moves the online store has ended") from error
        standing = self.wait()
        if standing != instant:
            raise StoreNotMovedError(f"the online store stands at {standing}, not at {instant}")


@contextmanager
def moving_store(command: Sequence[str], log: IO[str]) -> Iterator[MovingStore]:
    """Start the program; it ends with its input, so also with this program."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise StoreNotMovedError("no pipes")
        store = MovingStore(process.stdin, process.stdout)
        store.wait()
        yield store
