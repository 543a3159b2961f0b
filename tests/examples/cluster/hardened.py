"""A pod of one container with as few rights as there are: what the images must be content with."""

from typing import Any

Document = dict[str, Any]

SECURITY = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
SCRATCH = {"name": "scratch", "emptyDir": {}}


def hardened(
    name: str,
    image: str,
    command: list[str],
    *,
    args: list[str] | None = None,
    env: list[Document] | None = None,
    memory: str | None = None,
    volumes: list[tuple[Document, str]] | None = None,
    account: str | None = None,
) -> Document:
    """The pod: the image's own user, a read-only root file system, /tmp, and the volumes at their paths.

    `account` is the service account as which it may ask the API server; without one it may not.
    """
    mounted = [(SCRATCH, "/tmp"), *(volumes or [])]
    distinct = {volume["name"]: volume for volume, _ in mounted}
    container = {
        "name": "main",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": command,
        "args": args or [],
        "env": env or [],
        "securityContext": SECURITY,
        "resources": {
            # Tests must not ask a small node for what they do not need.
            "requests": {"cpu": "10m", "memory": "32Mi"},
            "limits": {} if memory is None else {"memory": memory},
        },
        "volumeMounts": [{"name": volume["name"], "mountPath": path} for volume, path in mounted],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "automountServiceAccountToken": account is not None,
            "serviceAccountName": account or "default",
            "containers": [container],
            "enableServiceLinks": False,
            "restartPolicy": "Never",
            # So that volumes can be written to wherever they come from.
            "securityContext": {"fsGroup": 10001},
            "terminationGracePeriodSeconds": 0,
            "volumes": list(distinct.values()),
        },
    }


def idle(name: str, image: str, **options: Any) -> Document:
    """A pod in which commands can be run."""
    return hardened(name, image, ["sleep", "infinity"], **options)
