"""The live log of a step: every line into a file, what concerns a reader also onto the console."""

import re
from collections import deque
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.text import Text

LAST_LINES = 20


class StepLog:
    """Takes a step's lines as they come.

    KFP's executor announces itself and dumps its whole input; these lines go into the file alone.
    """

    _ANNOUNCEMENT = re.compile(r"^\[KFP Executor [^]]* INFO\]: ")

    def __init__(self, step: str, path: Path, console: Console) -> None:
        self.path = path
        self._step = step
        self._console = console
        self._in_dump = False
        self._last: deque[str] = deque(maxlen=LAST_LINES)

    def follow(self, lines: IO[str]) -> None:
        """Read lines until the stream ends, and close it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with lines, self.path.open("w", encoding="utf-8") as file:
            for line in lines:
                file.write(line)
                file.flush()
                self._show(line.rstrip("\n"))

    @property
    def last_lines(self) -> tuple[str, ...]:
        """The last lines that concern a reader, at most `LAST_LINES`."""
        return tuple(self._last)

    def _show(self, line: str) -> None:
        if self._ANNOUNCEMENT.match(line):
            self._in_dump = line.endswith("Got executor_input:")
        elif self._in_dump:
            self._in_dump = line != "}"
        elif line.strip():
            self._last.append(Text.from_ansi(line).plain)
            prefix = Text(f"[{self._step}] ", style="cyan")
            self._console.print(prefix + Text.from_ansi(line), soft_wrap=True)
