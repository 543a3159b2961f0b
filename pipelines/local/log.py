"""The live log of a step: every line into a file, what concerns a reader also onto the console."""

import re
from collections import deque
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.text import Text

LAST_LINES = 20


# How KFP's executor heads every line that is logged in a step, its own and the step's alike.
_LOGGED = re.compile(r"^\[KFP Executor \S+ \S+ (?P<level>[A-Z]+)\]: (?P<text>.*)$")
_DUMP = "Got executor_input:"
_ANNOUNCEMENTS = ("Looking for component ", "Loading KFP component ", _DUMP, "Wrote executor output file ")


class StepLog:
    """Takes a step's lines as they come.

    What KFP's executor says of itself, its whole input among it, goes into the file alone.
    """

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
                self._take(line.rstrip("\n"))

    @property
    def last_lines(self) -> tuple[str, ...]:
        """The last lines that concern a reader, at most `LAST_LINES`."""
        return tuple(self._last)

    def _take(self, line: str) -> None:
        logged = _LOGGED.match(line)
        if logged is None:
            if not self._in_dump and line.strip():
                self._show(line)
            self._in_dump = self._in_dump and line != "}"
        elif logged["text"].startswith(_ANNOUNCEMENTS):
            self._in_dump = logged["text"] == _DUMP
        else:
            level = "" if logged["level"] == "INFO" else f"{logged['level']}: "
            self._show(level + logged["text"])

    def _show(self, line: str) -> None:
        text = Text.from_ansi(line)
        self._last.append(text.plain)
        self._console.print(Text(f"[{self._step}] ", style="cyan") + text, soft_wrap=True)
