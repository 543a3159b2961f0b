"""Outputs that are whole or absent: written beside their target, then moved."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """A path beside `target` to write a file or a directory to; it replaces `target` at the end.

    After an exception `target` is what it was. What a killed step left behind is cleared by the next.
    """
    draft = target.with_name(f".{target.name}.draft")
    _clear(draft)
    draft.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield draft
        _clear(target)
        draft.rename(target)
    finally:
        _clear(draft)


def _clear(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
