"""A node of the graph, or the monitor, that starts fast and knows no model: for tests of what runs around it.

`python small_node.py features|outliers|model|monitor` reads the variables that the
published manifest gives to the real one. The model answers 0.5 a row, tagged with the hash of the model that
it was given; a row that is "slow" or "too slow" is answered after a while, a "fatal" one ends the process.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import grpc
from aiohttp import web
from seldon_core.proto import prediction_pb2, prediction_pb2_grpc

# Within the time that the published manifest gives a request, and beyond it.
SLOW_SECONDS, TOO_SLOW_SECONDS = 1.5, 8.0


def answer(message: dict[str, Any], name: str) -> dict[str, Any]:
    rows = message.get("data", {}).get("ndarray", [])
    if ["fatal"] in rows and name == "model":
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "model":
        message = {**message, "data": {"names": ["probability"], "ndarray": [[0.5] for _ in rows]}}
    tags = {**message.get("meta", {}).get("tags", {}), name: os.environ["ONTIME_NODE_MODEL_HASH"]}
    return {**message, "meta": {**message.get("meta", {}), "tags": tags}}


async def rest(request: web.Request) -> web.Response:
    message = await request.json()
    if request.app["name"] == "model":
        await wait(message.get("data", {}).get("ndarray", []))
    return web.json_response(answer(message, request.app["name"]))


async def wait(rows: list[Any]) -> None:
    if rows in ([["slow"]], [["too slow"]]):
        await asyncio.sleep(SLOW_SECONDS if rows == [["slow"]] else TOO_SLOW_SECONDS)


class Service(prediction_pb2_grpc.ModelServicer, prediction_pb2_grpc.TransformerServicer):
    def __init__(self, name: str) -> None:
        self._name = name

    async def TransformInput(self, request: Any, _: Any) -> Any:  # noqa: N802 - the service's name
        return self._tagged(request)

    async def Predict(self, request: Any, _: Any) -> Any:  # noqa: N802 - the service's name
        rows = len(request.data.ndarray.values)
        del request.data.ndarray.values[:]
        for _row in range(rows):
            request.data.ndarray.values.add().list_value.values.add().number_value = 0.5
        return self._tagged(request)

    async def SendFeedback(self, _: Any, __: Any) -> Any:  # noqa: N802 - the service's name
        return prediction_pb2.SeldonMessage()

    def _tagged(self, message: Any) -> Any:
        message.meta.tags[self._name].string_value = os.environ["ONTIME_NODE_MODEL_HASH"]
        return message


async def healthy(_: web.Request) -> web.Response:
    return web.Response(text="healthy")


def node_application(name: str) -> web.Application:
    application = web.Application()
    application["name"] = name
    application.router.add_post("/{call:transform-input|predict|send-feedback}", rest)
    application.router.add_get("/health/{what:status|ping}", healthy)
    return application


def monitor_application() -> web.Application:
    events: list[str] = []

    async def take(request: web.Request) -> web.Response:
        events.append(request.headers["Ce-Type"])
        return web.Response()

    async def status(_: web.Request) -> web.Response:
        return web.json_response({"events": events})

    application = web.Application()
    application.router.add_post("/", take)
    application.router.add_get("/healthz", healthy)
    application.router.add_get("/status", status)
    return application


async def serve(name: str) -> None:
    if name == "monitor":
        application, port = monitor_application(), int(os.environ["ONTIME_MONITOR_PORT"])
        spool = Path(os.environ["ONTIME_MONITOR_SPOOL_DIRECTORY"])
        (spool / "here").write_text(json.dumps(dict(os.environ)))
    else:
        application, port = node_application(name), int(os.environ["ONTIME_NODE_HTTP_PORT"])
        if not (Path(os.environ["ONTIME_NODE_MODEL_DIRECTORY"]) / "signature.json").exists():
            raise FileNotFoundError("the model was not fetched")
    server = grpc.aio.server()
    if name != "monitor":
        prediction_pb2_grpc.add_ModelServicer_to_server(Service(name), server)
        prediction_pb2_grpc.add_TransformerServicer_to_server(Service(name), server)
        server.add_insecure_port(f"127.0.0.1:{os.environ['ONTIME_NODE_GRPC_PORT']}")
        await server.start()
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()
    await server.stop(5)
    await runner.cleanup()
    sys.stdout.write("ended of its own accord\n")


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
