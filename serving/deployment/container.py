"""What every container of the pod has: an image, resources, a restricted security context, a scratch /tmp."""

from serving.deployment.graph import Document
from serving.deployment.settings import Resources

SCRATCH_VOLUME = "scratch"


def container(name: str, image: str, command: list[str], resources: Resources) -> Document:
    """A container under the restricted Pod Security Standard, with a read-only root file system."""
    return {
        "name": name,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": command,
        "resources": quantities(resources),
        "securityContext": {
            "runAsNonRoot": True,
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "volumeMounts": [{"name": SCRATCH_VOLUME, "mountPath": "/tmp"}],  # noqa: S108 - the pod's own
    }


def quantities(resources: Resources) -> Document:
    """Resources as Kubernetes writes them."""
    return {
        "requests": {"cpu": resources.cpu, "memory": resources.memory},
        "limits": {"cpu": resources.cpu_limit, "memory": resources.memory_limit},
    }


def http_probe(path: str, port: int, *, period: int, failures: int) -> Document:
    """A probe that fails after `failures` answers in a row, `period` seconds apart, that are no success."""
    return {
        "httpGet": {"path": path, "port": port},
        "periodSeconds": period,
        "timeoutSeconds": 2,
        "failureThreshold": failures,
    }
