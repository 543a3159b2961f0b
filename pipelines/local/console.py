"""Where a local run is shown: a terminal with its colours and its width, or the plain lines of a log."""

import sys

from rich.console import Console

LOG_WIDTH = 110


def open_console() -> Console:
    """A console on the standard output as it is now: KFP's own output is led elsewhere during a run."""
    width = None if sys.stdout.isatty() else LOG_WIDTH
    return Console(file=sys.stdout, highlight=False, width=width)
