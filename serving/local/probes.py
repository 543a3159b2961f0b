"""Asks a container whether it has started and whether it is ready."""

import asyncio

import aiohttp

from serving.local.plan import Probe

# Shorter than the manifest's periods, which are for a cluster that nobody is waiting in front of.
INTERVAL_SECONDS = 0.1
ANSWER_SECONDS = 2.0


async def wait_for(probe: Probe) -> None:
    """Wait until the probe succeeds; raises TimeoutError when it has failed for its whole time."""
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.timeout(probe.seconds):
        while not await _succeeds(probe, session):  # noqa: ASYNC110 - another process decides when
            await asyncio.sleep(INTERVAL_SECONDS)


async def _succeeds(probe: Probe, session: aiohttp.ClientSession) -> bool:
    try:
        if probe.path is None:
            _, writer = await asyncio.open_connection("127.0.0.1", probe.port)
            writer.close()
            return True
        async with session.get(f"http://127.0.0.1:{probe.port}{probe.path}") as response:
            return response.status < 400
    except (OSError, aiohttp.ClientError, TimeoutError):
        return False
