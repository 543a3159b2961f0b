"""The online store that a replay moves on, through the program that knows how."""

import contextlib
import subprocess
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO


class StoreNotMovedError(RuntimeError):
    """The program that moves the store ended, or moved it elsewhere."""


class MovingStore:
    """The other side of a program that takes an instant a line and writes it back when the store is there."""

    def __init__(self, questions: IO[str], answers: IO[str], log: Path) -> None:
        self._questions = questions
        self._answers = answers
        self._log = log

    def wait(self) -> datetime:
        """Wait for the next answer, and return where the store stands; raises StoreNotMovedError."""
        line = self._answers.readline()
        if not line:
            raise self._ended()
        return datetime.fromisoformat(line.strip())

    def move(self, instant: datetime) -> None:
        """Move the store on; returns when it stands at `instant`. Raises StoreNotMovedError."""
        try:
            self._questions.write(f"{instant.isoformat()}\n")
            self._questions.flush()
        except BrokenPipeError as error:
            raise self._ended() from error
        standing = self.wait()
        if standing != instant:
            raise StoreNotMovedError(f"the online store stands at {standing}, not at {instant}")

    def _ended(self) -> StoreNotMovedError:
        return StoreNotMovedError(f"the program that moves the online store has ended: see {self._log}")


@contextlib.contextmanager
def moving_store(command: Sequence[str], log: Path) -> Iterator[MovingStore]:
    """Start the program, which ends with its input, so also with this program; what it reports goes to `log`.

    Raises StoreNotMovedError where it ends before the store stands anywhere.
    """
    with (
        log.open("w", encoding="utf-8") as reports,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=reports, text=True
        ) as process,
    ):
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the program was started without pipes")
        store = MovingStore(process.stdin, process.stdout, log)
        try:
            store.wait()
            yield store
        finally:
            # A question that a program did not live to read is still there to be written.
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
