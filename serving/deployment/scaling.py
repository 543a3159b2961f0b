"""How many pods a predictor has, how many of them may be missing at once, and where they run."""

from serving.deployment.graph import MAIN, Document
from serving.deployment.settings import Autoscaling, DeploymentSettings, Spread


def scaling(predictor: str, settings: DeploymentSettings) -> Document:
    """What stands beside a predictor's pod template, by the name of its field."""
    document: Document = {}
    if settings.autoscaling is not None:
        document["hpaSpec"] = autoscaler(settings.autoscaling)
    # The operator has a budget cover every pod of the deployment: that of the one that answers is for all.
    if predictor == MAIN and least_replicas(settings) >= 2:
        document["pdbSpec"] = {"maxUnavailable": 1}
    return document


def least_replicas(settings: DeploymentSettings) -> int:
    """How many pods there are at least."""
    return settings.replicas if settings.autoscaling is None else settings.autoscaling.min


def autoscaler(autoscaling: Autoscaling) -> Document:
    """A HorizontalPodAutoscaler by processor time, as a share of what all containers of a pod request."""
    target = {"type": "Utilization", "averageUtilization": autoscaling.cpu_percent}
    return {
        "minReplicas": autoscaling.min,
        "maxReplicas": autoscaling.max,
        "metricsv2": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
    }


def topology_spread(spread: Spread, labels: dict[str, str]) -> list[Document]:
    """Pods of the given labels apart from each other where that can be had; one node is no obstacle."""
    keys = {"kubernetes.io/hostname": spread.nodes, "topology.kubernetes.io/zone": spread.zones}
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": labels},
            # Pods of the version that is about to end do not count.
            "matchLabelKeys": ["pod-template-hash"],
        }
        for key, wanted in keys.items()
        if wanted
    ]
