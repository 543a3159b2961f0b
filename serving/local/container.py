"""A container of a pod, as a process of this machine."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from serving.local.plan import ContainerPlan
from serving.local.process import end_of, guarded_process

LAST_LINES = 15


class ContainerFailedError(RuntimeError):
    """A container ended when it should not have, or did not become ready; the message says how and why."""


class RunningContainer:
    """A process with its log, which ends with this program at the latest."""

    def __init__(self, plan: ContainerPlan, variables: Mapping[str, str], log: Path) -> None:
        self.plan = plan
        self.log = log
        self.started = time.monotonic()
        self._variables = variables
        self._stack = contextlib.ExitStack()
        output = self._stack.enter_context(log.open("a", encoding="utf-8"))
        try:
            self._process = self._stack.enter_context(guarded_process(plan.command, variables, output))
        except OSError as error:
            self._stack.close()
            raise ContainerFailedError(f"{plan.name} cannot be started: {error}") from error
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._watch()

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How the process ended, None while it runs."""
        return self._process.poll()

    def failure(self, what: str) -> ContainerFailedError:
        """The error for something that went wrong here, with the last lines of the log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
        return ContainerFailedError(
            "\n  ".join([f"{self.plan.name} {what}; the last of {self.log}:", *lines])
        )

    @property
    def age(self) -> float:
        """The seconds since its start."""
        return time.monotonic() - self.started

    async def wait(self) -> None:
        """Wait until the process has ended; a wait that is cancelled leaves others waiting."""
        await asyncio.wait([self.ended])

    async def end(self, *signals: signal.Signals) -> None:
        """Send signals and wait until the process has ended."""
        if self.exit_code is None:
            for number in signals:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, number)
        await self.wait()

    async def end_in_turn(self) -> None:
        """Do what the container wants done before its end, then end it."""
        if self.plan.before_end and self.exit_code is None:
            command, nowhere = self.plan.before_end, subprocess.DEVNULL
            with guarded_process(command, self._variables, nowhere) as before:
                await end_of(before.pid)
        await self.end(signal.SIGTERM)

    def kill(self) -> None:
        """End everything of the container at once, and let its log go."""
        self._stack.close()

    def _watch(self) -> None:
        loop, descriptor = asyncio.get_running_loop(), os.pidfd_open(self.pid)

        def ended() -> None:
            loop.remove_reader(descriptor)
            os.close(descriptor)
            if not self.ended.done():
                self.ended.set_result(None)

        loop.add_reader(descriptor, ended)
