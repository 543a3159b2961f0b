"""A public port of this machine: nobody else has it, and what it hands on lasts until it is ended."""

import asyncio
import gc

import pytest

from serving.local.front import Front, bound
from serving.local.ports import free_ports


def test_a_port_is_taken_before_there_is_a_pod() -> None:
    async def scenario() -> None:
        (port,) = free_ports(1)
        front = Front("127.0.0.1", port)
        with pytest.raises(OSError, match="in use"):
            bound("127.0.0.1", port)
        await front.close()
        bound("127.0.0.1", port).close()

    asyncio.run(scenario())


def test_a_connection_whose_client_has_left_lasts_until_it_is_ended() -> None:
    async def scenario() -> tuple[list[str], list[str]]:
        said: list[str] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, about: said.append(about["message"]))
        has_left, answered = asyncio.Event(), asyncio.Event()

        async def pod(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            has_left.set()
            # As a pod that still works at its answer.
            await answered.wait()
            writer.close()

        front_port, pod_port = free_ports(2)
        server = await asyncio.start_server(pod, "127.0.0.1", pod_port)
        front = Front("127.0.0.1", front_port)
        await front.switch(pod_port)
        _, client = await asyncio.open_connection("127.0.0.1", front_port)
        client.close()
        await has_left.wait()
        gc.collect()
        await front.close()
        await front.end()
        left = [repr(task) for task in asyncio.all_tasks() if "Front" in repr(task)]
        answered.set()
        server.close()
        await server.wait_closed()
        return said, left

    assert asyncio.run(scenario()) == ([], [])
