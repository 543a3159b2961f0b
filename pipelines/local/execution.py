"""One run of KFP's local runner: what its task handlers share, and what they have learnt."""

from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from pipelines.local.records import RunRecord, State, StepRecord
from pipelines.specification import Specification


@dataclass
class Execution:
    """The directory of a run, the settings of its steps, and the records of those that have ended."""

    specification: Specification
    directory: Path
    settings: dict[str, str]
    console: Console
    ended: list[StepRecord] = field(default_factory=list)

    def record(self, *, stopped: bool = False) -> RunRecord:
        """The run as far as it came; a step that a loop ran several times is there several times."""
        names = {step.name for step in self.ended}
        missing = (name for name in self.specification.steps if name not in names)
        steps = (*self.ended, *(StepRecord(name=name, state=State.NOT_RUN) for name in missing))
        return RunRecord(self.specification.name, self.directory, steps, stopped=stopped)
