"""Where the Service of a predictor is reached: by its name inside the cluster, by port-forward outside."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from components.publish.cluster.connection import Connection
from components.publish.cluster.failures import RolloutError
from components.publish.cluster.forwarding import forwarded
from components.publish.cluster.patience import Patience

REST_PORT, GRPC_PORT = 8000, 5001


@dataclass(frozen=True)
class Gateway:
    """The addresses, `host:port`, at which a Service answers."""

    rest: str
    grpc: str


@contextmanager
def gateway(connection: Connection, namespace: str, service: str, patience: Patience) -> Iterator[Gateway]:
    """The way to a Service, for as long as the block lasts.

    From outside, as `kubectl port-forward service/…` does it, through a pod that the Service would choose.
    Raises RolloutError where it has none, or there is no such Service.
    """
    if connection.inside:
        host = f"{service}.{namespace}"
        yield Gateway(f"{host}:{REST_PORT}", f"{host}:{GRPC_PORT}")
        return
    pod, ports = _endpoint(connection, namespace, service, patience)
    with ExitStack() as stack:
        local = [
            stack.enter_context(forwarded(connection, namespace, pod, ports[port]))
            for port in (REST_PORT, GRPC_PORT)
        ]
        yield Gateway(*(f"127.0.0.1:{port}" for port in local))


def _endpoint(
    connection: Connection, namespace: str, service: str, patience: Patience
) -> tuple[str, dict[int, int]]:
    """A ready pod behind a Service, and the pod's port for each of the Service's."""
    doing = f"looking for the pods of Service {namespace}/{service}"
    core = client.CoreV1Api(connection.client)
    try:
        found = patience.call(doing, core.read_namespaced_service, service, namespace)
    except ApiException:
        raise RolloutError(f"there is no Service {namespace}/{service}") from None
    names = {port.name: port.port for port in found.spec.ports}
    slices = patience.call(
        doing,
        client.DiscoveryV1Api(connection.client).list_namespaced_endpoint_slice,
        namespace,
        label_selector=f"kubernetes.io/service-name={service}",
    )
    for item in slices.items:
        ready = [endpoint for endpoint in item.endpoints or [] if endpoint.conditions.ready]
        if ready:
            return ready[-1].target_ref.name, {names[port.name]: port.port for port in item.ports}
    raise RolloutError(f"no pod behind Service {namespace}/{service} is ready")
