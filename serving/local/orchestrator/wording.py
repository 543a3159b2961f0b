"""Says what went wrong between the orchestrator and a node in the executor's words.

Clients and tests match on them, and the executor takes them from Go's standard library.
"""

import errno
import socket

import aiohttp
import grpc


def rest_failure(method: str, url: str, error: Exception) -> str:
    """Why a node could not be asked over REST."""
    return f'{method.capitalize()} "{url}": {_rest_reason(error)}'


def grpc_details(error: grpc.aio.AioRpcError, host: str, port: int) -> str:
    """The details of a node's error: its own, or why it could not be asked."""
    details = error.details() or ""
    if error.code() is grpc.StatusCode.UNAVAILABLE and "Connection refused" in details:
        refused = f"dial tcp {_address(host)}:{port}: connect: connection refused"
        return f'connection error: desc = "transport: Error while dialing: {refused}"'
    if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED and details == "Deadline Exceeded":
        return "context deadline exceeded"
    return details


def grpc_code(code: grpc.StatusCode) -> str:
    """A gRPC code as Go writes it in a metric: `OK`, `InvalidArgument`, `Canceled`."""
    if code is grpc.StatusCode.OK:
        return "OK"
    if code is grpc.StatusCode.CANCELLED:
        return "Canceled"
    return "".join(word.capitalize() for word in code.name.split("_"))


def _rest_reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorError) and error.os_error.errno == errno.ECONNREFUSED:
        return f"dial tcp {_address(error.host)}:{error.port}: connect: connection refused"
    if isinstance(error, TimeoutError):
        return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "EOF"
    return str(error)


def _address(host: str) -> str:
    return socket.gethostbyname(host) if host == "localhost" else host
