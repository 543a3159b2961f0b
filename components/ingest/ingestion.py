"""From the packaged files to the typed tables as they are known at an instant."""

from datetime import datetime
from pathlib import Path

from components.ingest.packaged import read_raw
from components.ingest.typed import typed_tables
from feature_repo.instants import parse_instant
from feature_repo.known import known_at
from feature_repo.typed_files import write_typed
from serving.staging import staged


def resolve_as_of(text: str, now: datetime) -> datetime:
    """The instant that a pipeline's parameter names; empty is `now`, in whole seconds.

    Raises:
        ValueError: the text names no instant, or one after `now`.
    """
    present = now.replace(microsecond=0)
    as_of = parse_instant(text) if text else present
    if as_of > present:
        raise ValueError(f"as_of {as_of.isoformat()} lies ahead: nothing is known then")
    return as_of


def ingest_tables(source: Path, target: Path, as_of: datetime) -> None:
    """Write the directory `target` of typed tables, or nothing.

    Raises:
        feature_repo.tables.BrokenTableError: a file under `source` breaks its contract.
    """
    tables, set_to_missing = typed_tables(read_raw(source))
    with staged(target) as draft:
        write_typed(draft, known_at(tables, as_of), set_to_missing)
