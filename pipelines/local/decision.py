"""What a gate decided in a run, read from its artifact `decision`, whichever step wrote it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.local.records import RunRecord, State

ARTIFACT = "decision"


@dataclass(frozen=True)
class Decision:
    """The step that decided, whether it promoted what it judged, and every check that it made.

    A check has a `name`, a `value`, a `limit` and whether it `passed`, and may have a `rule`, such as
    "at least", and a `remark`.
    """

    step: str
    promoted: bool
    checks: tuple[Mapping[str, Any], ...]


def read_decision(record: RunRecord) -> Decision | None:
    """The last decision of a run; None where no step came to one."""
    decided = [step for step in record.steps if step.state is State.SUCCEEDED and ARTIFACT in step.artifacts]
    return _read(decided[-1].name, decided[-1].artifacts[ARTIFACT].path) if decided else None


def _read(step: str, path: Path) -> Decision:
    document = json.loads(path.read_text(encoding="utf-8"))
    return Decision(step=step, promoted=document["promoted"], checks=tuple(document["checks"]))
