"""The way to the cluster: the pod's own ServiceAccount inside, the kubeconfig outside."""

from dataclasses import dataclass

from kubernetes import client, config

from components.publish.cluster.failures import PublicationError


@dataclass(frozen=True)
class Connection:
    """A client of the API server, and whether this program runs inside the cluster."""

    client: client.ApiClient
    inside: bool


def connect() -> Connection:
    """Connect with the credentials that are there; raises PublicationError where there are none."""
    configuration = client.Configuration()
    # Whether a call is repeated, and for how long, is decided in one place, which knows webhooks too.
    configuration.retries = False
    try:
        config.load_incluster_config(client_configuration=configuration)
        return Connection(client.ApiClient(configuration), inside=True)
    except config.ConfigException:
        pass  # Not in a pod: what is outside is said below.
    try:
        config.load_kube_config(client_configuration=configuration)
    except config.ConfigException as error:
        raise PublicationError(
            f"neither a ServiceAccount in this pod nor a kubeconfig leads to a cluster: {error}"
        ) from error
    return Connection(client.ApiClient(configuration), inside=False)
