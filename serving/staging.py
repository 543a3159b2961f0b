"""Files and directories that are there whole or not at all: written beside their place, then moved."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(directory: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock of a directory, made where it is missing; it ends with the process that holds it.

    Raises BlockingIOError where another program holds it and `wait` is false.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """Yield an empty directory beside `target` that takes its place when the block ends without an error.

    What an earlier, killed writer left behind is removed first, so one writer a target at a time. Where
    the block raises, `target` stays as it was. What was at `target` is gone only once its successor is
    complete on disk.
    """
    partial = target.with_name(f".{target.name}.partial")
    replaced = target.with_name(f".{target.name}.replaced")
    target.parent.mkdir(parents=True, exist_ok=True)
    _restore(target, replaced)
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
        for path in [*partial.rglob("*"), partial]:
            _flush(path)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    if target.exists():
        target.rename(replaced)
    partial.rename(target)
    _flush(target.parent)
    shutil.rmtree(replaced, ignore_errors=True)


@contextmanager
def staged_file(target: Path) -> Iterator[Path]:
    """Yield a path beside `target`; what is written there takes its place if the block raises nothing.

    At every moment `target` is the old file or the new one.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    yield partial
    _flush(partial)
    partial.replace(target)
    _flush(target.parent)


def replace_file(target: Path, content: str) -> None:
    """Write `content` to `target`, whole."""
    with staged_file(target) as partial:
        partial.write_text(content, encoding="utf-8")


def _restore(target: Path, replaced: Path) -> None:
    """Undo the half of a replacement that a killed writer had done."""
    if replaced.exists() and not target.exists():
        replaced.rename(target)
    shutil.rmtree(replaced, ignore_errors=True)


def _flush(path: Path) -> None:
    """Have a file's bytes, or a directory's entries, on disk now: a machine that fails reorders writes."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
