"""What a publication notes in its Lease of what served before it, and for how long that note counts.

It is there from before the first change until the new version serves, or what served before does again:
whoever comes upon it finds a publication under way, killed, or failed without putting back.
"""

import json
from collections.abc import Mapping
from typing import Any

from components.publish.cluster.resource import identity

SERVED_BEFORE = "ontime-publish/served-before"
APPLIED = "ontime-publish/applied"
"""The identity and generation of what was applied since: with another, the note is out of date."""

Document = dict[str, Any]


def note(annotations: dict[str, str], before: Mapping[str, Any] | None) -> None:
    """Write down what is to be put back, before anything is changed."""
    annotations[SERVED_BEFORE] = json.dumps(before, separators=(",", ":"))
    annotations.pop(APPLIED, None)


def note_applied(annotations: dict[str, str], applied: Mapping[str, Any]) -> None:
    """Write down for what it is to be put back."""
    annotations[APPLIED] = identity(applied)


def settle(annotations: dict[str, str]) -> None:
    """Say that there is nothing to put back."""
    annotations.pop(SERVED_BEFORE, None)
    annotations.pop(APPLIED, None)


def is_unfinished(annotations: Mapping[str, str], current: Mapping[str, Any] | None) -> bool:
    """Whether a publication neither ended well nor put back, and nobody changed the deployment since."""
    if SERVED_BEFORE not in annotations:
        return False
    applied = annotations.get(APPLIED)
    return applied is None or applied == identity(current)


def served_before(annotations: Mapping[str, str]) -> Document | None:
    """What served before an unfinished publication, None where nothing did."""
    document: Document | None = json.loads(annotations[SERVED_BEFORE])
    return document


def serving(lease: Mapping[str, Any] | None, current: Document | None) -> Document | None:
    """The deployment of the model that serves: where a publication is unfinished, that of before it."""
    annotations = {} if lease is None else lease["metadata"].get("annotations") or {}
    return served_before(annotations) if is_unfinished(annotations, current) else current
