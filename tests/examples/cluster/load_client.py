"""A client that predicts all the time, in a pod, and counts: over REST and over gRPC, each in its thread.

`python load_client.py SERVICE ROW PORT`: asks the Service (`name.namespace`) for the row (JSON) and serves
at the port what was answered: `{transport: {version: count}}`, and `failed` with the last reasons.
"""

import json
import sys
import threading
import uuid
from collections import Counter, deque
from typing import Any

from aiohttp import web

from serving.client.seldon import Grpc, RefusedError, Rest

PAUSE_SECONDS = 0.05


class Counts:
    def __init__(self) -> None:
        self.answered: dict[str, Counter[str]] = {"REST": Counter(), "gRPC": Counter()}
        self.failed: Counter[str] = Counter()
        self.reasons: deque[str] = deque(maxlen=5)
        self.stop = threading.Event()

    def ask(self, name: str, service: str, row: dict[str, Any]) -> None:
        channel = Grpc(f"{service}:5001")
        while not self.stop.wait(PAUSE_SECONDS):
            # REST on a connection of its own each time, gRPC on one that stays.
            transport = channel if name == "gRPC" else Rest(f"http://{service}:8000")
            try:
                answer = transport.predict(row, str(uuid.uuid4()))
            except RefusedError as error:
                self.failed[name] += 1
                self.reasons.append(f"{name}: {error}")
            else:
                self.answered[name][answer.model_version] += 1

    async def tell(self, _: web.Request) -> web.Response:
        return web.json_response(
            {"answered": self.answered, "failed": self.failed, "reasons": list(self.reasons)}
        )


def main(service: str, row: str, port: str) -> None:
    counts = Counts()
    for name in counts.answered:
        threading.Thread(target=counts.ask, args=(name, service, json.loads(row)), daemon=True).start()
    application = web.Application()
    application.router.add_get("/", counts.tell)
    web.run_app(application, port=int(port), print=None)


if __name__ == "__main__":
    main(*sys.argv[1:])
