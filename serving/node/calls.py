"""One call of the component: run where it does not hold up others, timed, and failing in one way only."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from seldon_core.flask_utils import SeldonMicroserviceException

from serving.messages.content import Codec
from serving.node.component import Component
from serving.node.metrics import NodeMetrics

# Enough to wait for a store while another request is computed.
THREADS = 4
# Few, since to read feedback takes the processor from predictions; enough while some wait for the monitor.
FEEDBACK_THREADS = 4
OK = 200
INTERNAL = 500

logger = logging.getLogger(__name__)


class Calls:
    """The component's methods for the two servers; the first two may be called in any thread.

    `feedback_threads` are where both servers take feedback, so that it holds up no prediction.
    """

    def __init__(self, component: Component, metrics: NodeMetrics) -> None:
        self.component = component
        self._metrics = metrics
        self._threads = ThreadPoolExecutor(THREADS) if component.blocking else None
        self.feedback_threads = ThreadPoolExecutor(FEEDBACK_THREADS)

    def respond(self, transport: str, codec: Codec, method: str, body: bytes) -> bytes:
        """The body of the answer to `body`; raises SeldonMicroserviceException with the status to answer."""
        return self.call(transport, method, lambda: self.component.respond(codec, method, body))

    def call[T](self, transport: str, method: str, function: Callable[[], T]) -> T:
        """The result of `function`, counted as a call of `method`; raises SeldonMicroserviceException."""
        start, code = time.perf_counter(), OK
        try:
            return function()
        except SeldonMicroserviceException as error:
            code = error.status_code
            raise
        except Exception as error:
            code = INTERNAL
            logger.exception("%s failed", method)
            raise SeldonMicroserviceException(
                f"{method} failed in this node", status_code=INTERNAL, reason="INTERNAL_ERROR"
            ) from error
        finally:
            self._metrics.observe(method, transport, str(code), time.perf_counter() - start)

    async def beside[T](self, function: Callable[[], T]) -> T:
        """The result of one of them, for the event loop, which waits for nothing outside of this process."""
        if self._threads is None:
            return function()
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)
