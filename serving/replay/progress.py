"""How far a replay is: a line each simulated hour, and in a terminal a bar below them."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from serving.replay.course import RoundEnded

LOG_WIDTH = 110


@contextmanager
def progress(predictions: int) -> Iterator[Callable[[RoundEnded], None]]:
    """Show how many of so many predictions were made; call what this yields at the end of each round."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else LOG_WIDTH)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("replaying", total=predictions)

        def ended(at: RoundEnded) -> None:
            bar.update(task, completed=at.predictions)
            if at.instant.minute == 0:
                console.print(
                    f"{at.instant:%Y-%m-%d %H:%M}Z  {at.predictions:5d} predicted  {at.actuals:5d} came true"
                )

        yield ended
