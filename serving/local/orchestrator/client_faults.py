"""What is wrong with a request itself: refused as the executor refuses it, and no error of this program."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from aiohttp.http import HttpProcessingError
from google.protobuf.message import DecodeError


class RefuseUnreadable(grpc.aio.ServerInterceptor):
    """Refuses a message that is no protobuf of its method with the code that Go's gRPC gives it.

    gRPC for Python would take it for a failure of the method, and log that.
    """

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """The method's handler, which gets what could be read."""
        handler = await continuation(handler_call_details)
        if handler is None or handler.unary_unary is None:
            return handler

        async def answer(data: bytes, context: Any) -> Any:
            try:
                request = handler.request_deserializer(data)
            except DecodeError as error:
                await context.abort(grpc.StatusCode.INTERNAL, f"grpc: error unmarshalling request: {error}")
            return await handler.unary_unary(request, context)

        return grpc.unary_unary_rpc_method_handler(answer, response_serializer=handler.response_serializer)


def is_ours(record: logging.LogRecord) -> bool:
    """Whether the web server tells of anything else than a request that is no HTTP; a filter of its log."""
    return record.exc_info is None or not isinstance(record.exc_info[1], HttpProcessingError)
