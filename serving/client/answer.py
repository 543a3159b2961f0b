"""What a served model answered to one row, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from serving.signature import Signature


class UnreadableAnswerError(ValueError):
    """An answer that is no prediction."""


@dataclass(frozen=True)
class Answer:
    """The probability, the tags of the row, and the name that feedback gives the request."""

    probability: float
    tags: Mapping[str, Any]
    puid: str


def read_answer(message: Mapping[str, Any], puid: str) -> Answer:
    """The first row of a Seldon message as JSON has it; raises UnreadableAnswerError where it has none."""
    data = message.get("data", {})
    values = data.get("tensor", {}).get("values") or [
        value for row in data.get("ndarray", []) for value in row
    ]
    if not values:
        raise UnreadableAnswerError(f"the answer has no prediction: {message}")
    tags = {name: _of_first_row(value) for name, value in message.get("meta", {}).get("tags", {}).items()}
    return Answer(float(values[0]), tags, puid)


def _of_first_row(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def lines(answer: Answer, signature: Signature) -> Iterator[str]:
    """What a person reads: a line a fact."""
    yield f"{'probability':<18} {answer.probability:.4f}  that {signature.label_description}"
    for name, value in sorted(answer.tags.items()):
        yield f"{name:<18} {_shown(value)}"
    yield f"{'request':<18} {answer.puid}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
