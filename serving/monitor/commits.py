"""Group commit: what comes in while one transaction is written goes together into the next.

A commit costs nearly the same for one event as for a hundred, so each waits a moment for company, and
nobody waits for more than two of them.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from serving.monitor.gateway import Outcome
from serving.monitor.records import AnyRecord

LARGEST = 1000
COMPANY_SECONDS = 0.003
"""A third of what a commit takes on a disk; without it a lone core would spend itself on tiny batches."""

Write = Callable[[Sequence[AnyRecord]], list[Outcome]]
Pending = tuple[AnyRecord, "asyncio.Future[Outcome]"]


class GroupCommit:
    """Hands records to one writing thread in batches, and each caller what became of its own."""

    def __init__(self, write: Write) -> None:
        """`write` has a batch on disk when it returns; what it raises is raised to every caller of it."""
        self._write = write
        self._pending: asyncio.Queue[Pending] = asyncio.Queue()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="commit")

    async def add(self, record: AnyRecord) -> Outcome:
        """Wait until a record is on disk, and return what became of it."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._pending.put_nowait((record, future))
        return await future

    async def run(self) -> None:
        """Write batches until cancelled."""
        while True:
            batch = [await self._pending.get()]
            await asyncio.sleep(COMPANY_SECONDS)
            while len(batch) < LARGEST and not self._pending.empty():
                batch.append(self._pending.get_nowait())
            await self._commit(batch)

    async def _commit(self, batch: list[Pending]) -> None:
        loop = asyncio.get_running_loop()
        try:
            outcomes = await loop.run_in_executor(self._thread, self._write, [record for record, _ in batch])
        except Exception as error:  # noqa: BLE001 - every caller is told, and answers for it
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            # A caller that has hung up waits no more.
            if not future.done():
                future.set_result(outcome)
