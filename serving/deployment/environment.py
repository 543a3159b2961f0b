"""The environment variables of each program in the pod; their names are those of its settings."""

from serving.deployment.graph import Document, Node, monitor_url, node_ports
from serving.deployment.model import PublishedModel
from serving.deployment.settings import DeploymentSettings, SecretKey

Variables = list[Document]


def fetch_variables(model: PublishedModel, settings: DeploymentSettings, directory: str) -> Variables:
    """The settings of `serving.fetch`, behind `ONTIME_FETCH_`."""
    variables = {
        "LOCATION": model.location,
        "CONTENT_HASH": model.content_hash,
        "DIRECTORY": directory,
    }
    if settings.store_endpoint is not None:
        variables["ENDPOINT"] = settings.store_endpoint
    return _variables("ONTIME_FETCH_", variables)


def node_variables(
    node: Node, model: PublishedModel, settings: DeploymentSettings, directory: str
) -> Variables:
    """The settings of `serving.node`, behind `ONTIME_NODE_`.

    Only the node that reads features knows the online store; only the leaf knows the monitor, to which it
    passes, in the deployment's name, the feedback that the executor does not log.
    """
    ports = node_ports(node, settings.ports)
    variables: dict[str, str | SecretKey] = {
        "MODEL_DIRECTORY": directory,
        "MODEL_HASH": model.content_hash,
        "HTTP_PORT": str(ports.http),
        "GRPC_PORT": str(ports.grpc),
        "METRICS_PORT": str(ports.metrics),
        "MAXIMUM_ROWS": str(settings.limits.rows),
        "MAXIMUM_BYTES": str(settings.limits.bytes),
        "DRAIN_SECONDS": str(settings.timing.drain),
        "LOG_LEVEL": settings.log_level,
    }
    if node.name == "features":
        variables["ONLINE_STORE"] = settings.online_store
    if node.name == "model":
        variables["MONITOR_URL"] = monitor_url(settings.ports)
        variables["DEPLOYMENT"] = settings.name
        variables["NAMESPACE"] = settings.namespace
    return _variables("ONTIME_NODE_", variables)


def monitor_variables(
    model: PublishedModel, settings: DeploymentSettings, directory: str, spool: str, *, shadow: bool
) -> Variables:
    """The settings of `serving.monitor`, behind `ONTIME_MONITOR_`.

    The versions of a deployment share its rows, since feedback may reach another version than the one that
    answered. A shadow has rows of its own: it sees the very requests of the others, under the same ids.
    """
    variables: dict[str, str | SecretKey] = {
        "DEPLOYMENT": settings.name,
        "NAMESPACE": settings.namespace,
        "MODEL_DIRECTORY": directory,
        "MODEL_HASH": model.content_hash,
        "DATABASE_URL": settings.monitor_database,
        "SPOOL_DIRECTORY": spool,
        "PORT": str(settings.ports.monitor),
        "MAXIMUM_BYTES": str(settings.limits.bytes),
        "DRAIN_SECONDS": str(settings.timing.drain),
        "LOG_LEVEL": settings.log_level,
    }
    if shadow:
        variables["SHADOW"] = "true"
    return _variables("ONTIME_MONITOR_", variables)


def _variables(prefix: str, values: dict[str, str] | dict[str, str | SecretKey]) -> Variables:
    return [{"name": prefix + name, **_value(value)} for name, value in values.items()]


def _value(value: str | SecretKey) -> Document:
    if isinstance(value, SecretKey):
        return {"valueFrom": {"secretKeyRef": {"name": value.secret, "key": value.key}}}
    return {"value": value}
