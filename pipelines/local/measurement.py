"""Measures a running process with everything that it started."""

import contextlib
import subprocess

import psutil

INTERVAL_SECONDS = 0.1


def peak_memory(process: subprocess.Popen[str]) -> int:
    """Wait for a process to end; returns the largest resident memory of its tree, in bytes.

    The tree is looked at every `INTERVAL_SECONDS`, so a shorter peak is missed, and pages that two of
    its processes share count twice. `wait4` would not do: it knows the largest process, not their sum.
    """
    peak = 0
    while True:
        peak = max(peak, resident_memory(process.pid))
        try:
            process.wait(timeout=INTERVAL_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return peak


def resident_memory(pid: int) -> int:
    """The resident memory of a process and all its descendants now, in bytes; 0 when it has ended."""
    try:
        root = psutil.Process(pid)
        members = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    return sum(_resident(member) for member in members)


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def running_modules(pid: int) -> dict[str, int]:
    """The resident memory in bytes of each Python module that runs under a process, itself included.

    The keys are the module and what it was told first, such as `package.server role`.
    """
    root = psutil.Process(pid)
    found = {}
    for process in [root, *root.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            arguments = process.cmdline()
            if "-m" in arguments:
                module, *rest = arguments[arguments.index("-m") + 1 :]
                name = " ".join([module, *rest[:1]]) if rest and not rest[0].startswith("-") else module
                found[name] = _resident(process)
    return found
