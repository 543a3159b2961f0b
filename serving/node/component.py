"""A Seldon component class behind one call, which hides what Seldon lets such a class leave out."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from seldon_core.metrics import validate_metrics
from seldon_core.user_model import SeldonNotImplementedError, SeldonResponse

from serving.messages.content import Answer, Codec
from serving.node.metrics import CustomMetrics

METHODS = ("predict", "transform_input", "transform_output")


class InvalidMetricError(ValueError):
    """A component's metrics are none: its own fault, not a client's."""


class Component:
    """A loaded component of the user's, whose methods may run at the same time.

    `blocking` says whether it waits for something outside of this process, such as a store.
    """

    def __init__(self, user: Any, metrics: CustomMetrics) -> None:
        self._user = user
        self._metrics = metrics
        self.blocking: bool = getattr(user, "blocking", False)
        self.methods = {name: getattr(user, name) for name in METHODS if hasattr(user, name)}
        # The stock wrapper finds this out by a TypeError, and so runs some requests twice.
        self._takes_meta = {name for name, method in self.methods.items() if _takes_meta(method)}

    def respond(self, codec: Codec, method: str, body: bytes) -> bytes:
        """Answer the body of a request to `method`; raises what the component or the codec raises."""
        message = codec.decode(body)
        content = codec.content(message)
        keywords = {"meta": codec.meta_of(message)} if method in self._takes_meta else {}
        result = self.methods[method](content.payload, content.names, **keywords)
        return codec.encode(message, content.form, self._answer(method, result))

    def health(self) -> Answer:
        """What the component says of its health; raises whatever it raises."""
        result = self._optional("health_status", "healthy")
        return self._answer("health_status", result)

    def feedback(self, *arguments: Any, routing: int | None) -> Answer:
        """Tell the component the truth, if it wants to know."""
        result = self._optional("send_feedback", None, *arguments, routing=routing)
        return self._answer("send_feedback", [] if result is None else result)

    def _answer(self, method: str, result: Any) -> Answer:
        response = SeldonResponse.create(result)
        data = np.array(response.data) if isinstance(response.data, list) else response.data
        metrics = [*self._optional("metrics", []), *response.metrics]
        if not validate_metrics(metrics):
            raise InvalidMetricError(f"the component's metrics are {metrics}")
        self._metrics.update(metrics, method)
        tags = {**self._optional("tags", {}), **response.tags}
        return Answer(data, self._names(data), tags, metrics)

    def _names(self, data: Any) -> list[str]:
        if not isinstance(data, np.ndarray) or data.ndim < 2:
            return []
        names = self._optional("class_names", None)
        return [f"t:{column}" for column in range(data.shape[1])] if names is None else list(names)

    def _optional(self, name: str, default: Any, *arguments: Any, **keywords: Any) -> Any:
        method = getattr(self._user, name, None)
        if method is None:
            return default
        try:
            return method(*arguments, **keywords)
        except SeldonNotImplementedError:
            return default


def _takes_meta(method: Callable[..., Any]) -> bool:
    parameters = inspect.signature(method).parameters.values()
    return any(item.name == "meta" or item.kind is item.VAR_KEYWORD for item in parameters)
