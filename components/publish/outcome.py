"""What a publication hands on, whatever its target."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """The manifest that serves the model now, and what else the step says about it."""

    text: str
    facts: dict[str, str | float]
