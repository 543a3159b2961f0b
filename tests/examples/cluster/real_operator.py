"""Seldon's own operator, beside which the fake one cannot be: both would write the same SeldonDeployments."""

from kubernetes import client

OPERATOR = "seldon-controller-manager"


def namespaces_of_the_operator(api: client.ApiClient) -> list[str]:
    """Where in the cluster Seldon's own operator is installed."""
    deployments = client.AppsV1Api(api).list_deployment_for_all_namespaces().items
    return [item.metadata.namespace for item in deployments if item.metadata.name == OPERATOR]
