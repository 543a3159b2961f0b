"""Replaces all that a SQLite online store holds at once, under the eyes of those who read it."""

import sqlite3
from contextlib import closing
from pathlib import Path


def replace_contents(target: Path, source: Path) -> None:
    """Give the SQLite file `target` the contents of `source` in one transaction.

    Programs that hold `target` open go on reading it: what was there until the end, then what is new.
    A replaced file would leave them with the old one for ever.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(source)) as new, closing(sqlite3.connect(target)) as old:
        new.backup(old)
