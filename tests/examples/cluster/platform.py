"""The manifests of infra/kubernetes as an API server gets them, in namespaces of a test's own."""

import json
import os
import shutil
import subprocess
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
PLATFORM = ROOT / "infra" / "kubernetes"
OVERLAYS = PLATFORM / "overlays"
VERSIONS = tomllib.loads((ROOT / "infra" / "versions.toml").read_text(encoding="utf-8"))
# The namespace of the steps in `multi-user/`.
PROFILE = "REPLACE-PROFILE"
# The definition of PodMonitor, of which we use what has been there for years, out of its module.
POD_MONITOR = "podmonitors.monitoring.coreos.com"
PROMETHEUS_OPERATOR = (
    f"github.com/prometheus-operator/prometheus-operator@v{VERSIONS['tools']['prometheus_operator']}"
)
POD_MONITOR_FILE = "example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml"

Document = dict[str, Any]


def kubectl(
    *arguments: str, stdin: str | None = None, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """What kubectl says; KUBECTL may name another one."""
    command = [*os.environ.get("KUBECTL", "kubectl").split(), *arguments]
    ended = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    if check and ended.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)}: {ended.stderr}")
    return ended


def rendered(directory: Path) -> list[Document]:
    """The documents of a kustomization."""
    return list(yaml.safe_load_all(kubectl("kustomize", str(directory)).stdout))


@dataclass(frozen=True)
class Place:
    """Where a test puts what is for the namespaces `ontime` and `kubeflow` (or a profile), and for all."""

    models: str
    steps: str
    suffix: str

    def put(self, documents: Iterable[Document]) -> list[Document]:
        """The documents there."""
        return [self._moved(document) for document in documents]

    def _moved(self, document: Document) -> Document:
        namespaces = {"ontime": self.models, "kubeflow": self.steps, PROFILE: self.steps}
        moved: Document = json.loads(json.dumps(document))
        metadata = moved["metadata"]
        if moved["kind"] == "Namespace":
            metadata["name"] = namespaces[metadata["name"]]
        elif "namespace" in metadata:
            metadata["namespace"] = namespaces[metadata["namespace"]]
        else:
            metadata["name"] += self.suffix
        for subject in moved.get("subjects", []):
            subject["namespace"] = namespaces[subject["namespace"]]
        if moved.get("roleRef", {}).get("kind") == "ClusterRole":
            moved["roleRef"]["name"] += self.suffix
        return moved


def apply(documents: Iterable[Document], *options: str) -> subprocess.CompletedProcess[str]:
    """Apply strictly on the server."""
    return kubectl(
        *("apply", "--server-side", "--validate=strict", "--output=name", "--filename=-", *options),
        stdin=yaml.safe_dump_all(documents),
        check=False,
    )


def has_pod_monitors() -> bool:
    """Whether the API server knows the kind, which it is told where it can be."""
    if kubectl("get", "crd", POD_MONITOR, check=False).returncode == 0:
        return True
    if shutil.which("go") is None:
        return False
    command = ["go", "mod", "download", "-json", PROMETHEUS_OPERATOR]
    found = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    if found.returncode != 0:
        return False
    definition = Path(json.loads(found.stdout)["Dir"]) / POD_MONITOR_FILE
    kubectl("apply", "--server-side", "--filename", str(definition))
    kubectl("wait", "--for=condition=established", "--timeout=30s", f"crd/{POD_MONITOR}")
    return True
