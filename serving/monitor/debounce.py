"""One window above its limits is an accident; some of the latest, with the very latest, are a breach."""

from collections.abc import Sequence
from dataclasses import dataclass

WINDOWS = 5
ENOUGH = 2


@dataclass(frozen=True)
class Breach:
    """Whether there is one: `drifting` of the latest `tested` windows are above a limit."""

    breached: bool
    drifting: int
    tested: int


def debounce(verdicts: Sequence[str]) -> Breach:
    """Breached when 2 of the last 5 windows, and the latest of them, drift.

    `verdicts`: of the windows in order, the latest last: `stable`, `drift` or `insufficient`. A window of
    too few rows was not tested and says nothing, so it is passed over.
    """
    tested = [verdict for verdict in verdicts if verdict != "insufficient"][-WINDOWS:]
    drifting = tested.count("drift")
    return Breach(
        breached=drifting >= ENOUGH and tested[-1] == "drift", drifting=drifting, tested=len(tested)
    )
