"""What is known of a local run when it has ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class State(StrEnum):
    """How far a step came."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class ArtifactRecord:
    """An output artifact: its KFP type (such as `system.HTML`) and where it lies."""

    kind: str
    path: Path


@dataclass(frozen=True)
class StepRecord:
    """One step: wall time in seconds, the peak memory of its processes in bytes, what it left behind.

    `exit_code` is None where the step did not end by itself.
    """

    name: str
    state: State
    exit_code: int | None = None
    seconds: float = 0.0
    peak_bytes: int = 0
    log: Path | None = None
    last_lines: tuple[str, ...] = ()
    artifacts: Mapping[str, ArtifactRecord] = field(default_factory=dict)


@dataclass(frozen=True)
class RunRecord:
    """A run: its directory, its steps in order, those that did not run included.

    `stopped` says that a signal ended it.
    """

    pipeline: str
    directory: Path
    steps: tuple[StepRecord, ...]
    stopped: bool = False

    @property
    def failed(self) -> tuple[StepRecord, ...]:
        """The steps that failed."""
        return tuple(step for step in self.steps if step.state is State.FAILED)

    def artifact(self, step: str, name: str) -> Path | None:
        """Where an artifact lies; None where the step did not write it."""
        artifacts = [record.artifacts for record in self.steps if record.name == step]
        found = artifacts[0].get(name) if artifacts else None
        return found.path if found is not None and found.path.exists() else None
