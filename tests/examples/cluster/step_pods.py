"""Runs the steps of compiled pipelines in pods, one after another, with their artifacts on one volume.

What Kubeflow's driver and launcher do is done here, since neither is there: the executor's input is made from
the outputs of the steps before, and the artifacts lie where the launcher would have put them, below /minio.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.images import image
from tests.examples.cluster.compiled_steps import Output, Step
from tests.examples.cluster.hardened import hardened, idle
from tests.examples.cluster.namespace import Ended, Namespace

Document = dict[str, Any]

VOLUME = {"name": "artifacts", "persistentVolumeClaim": {"claimName": "artifacts"}}
MOUNT = "/minio"
BUCKET = "minio://mlpipeline/v2/artifacts"
# The stores of a cluster are none of the steps' images: here they lie beside the artifacts.
SETTINGS: Mapping[str, str] = {"ONTIME_FEATURE_STORE_URI": f"{MOUNT}/stores/features"}
SECRETS: Mapping[str, str] = {"ONTIME_ONLINE_STORE": f"sqlite:///{MOUNT}/stores/online.db"}
# Read with target=local only, so no step is given it by a cluster.
PUBLISH = {"name": "ONTIME_PUBLISH_URI", "value": f"{MOUNT}/stores/published"}


@dataclass
class StepPods:
    """A namespace with the volume, the settings, and a pod in which the artifacts can be looked at."""

    namespace: Namespace
    shelf: str
    outputs: dict[str, Document] = field(default_factory=dict)

    def run(self, step: Step, name: str | None = None, account: str | None = None) -> Ended:
        """Run a step, in a pod of that name and account; what it gave is in `outputs` if it succeeded."""
        ended = self.namespace.run(self.pod(step, name=name, account=account))
        if ended.code == 0:
            written = self.namespace.execute(self.shelf, "cat", _path(f"{BUCKET}/{step.name}/outputs.json"))
            self.outputs[step.name] = json.loads(written.output)
        return ended

    def pod(
        self,
        step: Step,
        command: list[str] | None = None,
        name: str | None = None,
        account: str | None = None,
    ) -> Document:
        """The step's pod; with another command, to look round in it."""
        given = json.dumps(self._executor_input(step))
        return hardened(
            name or step.name,
            _image(step.container["image"]),
            command or step.container["command"],
            args=[] if command else [given if part == "{{$}}" else part for part in step.container["args"]],
            env=[*_variables(step.platform), PUBLISH],
            memory=step.container["resources"]["resourceMemoryLimit"],
            volumes=[(VOLUME, MOUNT), *_empty_directories(step.platform)],
            account=account,
        )

    def read(self, step: str, artifact: str) -> str:
        """What an artifact holds that a step gave and that is one file."""
        (given,) = self.outputs[step]["artifacts"][artifact]["artifacts"]
        ended = self.namespace.execute(self.shelf, "cat", _path(given["uri"]))
        if ended.code != 0:
            raise RuntimeError(ended.output)
        return ended.output

    def _executor_input(self, step: Step) -> Document:
        parameters = {
            name: self.outputs[value.step]["parameterValues"][value.name]
            if isinstance(value, Output)
            else value
            for name, value in step.parameters.items()
        }
        artifacts = {
            name: self.outputs[value.step]["artifacts"][value.name] for name, value in step.artifacts.items()
        }
        directory = f"{BUCKET}/{step.name}"
        made = {
            name: {"artifacts": [{"name": name, "type": kind, "uri": f"{directory}/{name}", "metadata": {}}]}
            for name, kind in step.output_artifacts.items()
        }
        return {
            "inputs": {"parameterValues": parameters, "artifacts": artifacts},
            "outputs": {
                "parameters": {
                    name: {"outputFile": f"/tmp/kfp/outputs/{name}"} for name in step.output_parameters
                },
                "artifacts": made,
                "outputFile": _path(f"{directory}/outputs.json"),
            },
        }


def step_pods(
    namespace: Namespace,
    settings: Mapping[str, str] = SETTINGS,
    secrets: Mapping[str, str] | None = SECRETS,
) -> StepPods:
    """All that the steps need, in an empty namespace; or in one that has its Secrets, without `secrets`."""
    core = namespace.core
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}}
    core.create_namespaced_persistent_volume_claim(
        namespace.name, {"metadata": {"name": "artifacts"}, "spec": claim}
    )
    core.create_namespaced_config_map(
        namespace.name, {"metadata": {"name": "ontime-settings"}, "data": dict(settings)}
    )
    if secrets is not None:
        core.create_namespaced_secret(
            namespace.name, {"metadata": {"name": "ontime-secrets"}, "stringData": dict(secrets)}
        )
    shelf = namespace.start_ready(idle("shelf", image("features"), volumes=[(VOLUME, MOUNT)]))
    return StepPods(namespace, shelf)


def _path(uri: str) -> str:
    return uri.replace("minio://", f"{MOUNT}/")


def _image(reference: str) -> str:
    """The image of the same environment that is tested here."""
    (environment,) = re.findall(r"/ontime-([a-z]+)[:@]", reference)
    return image(environment)


def _variables(platform: Document) -> list[Document]:
    """The variables that the step is given, each optional, as Kubeflow's driver writes them."""
    kinds = (
        ("configMapAsEnv", "configMapName", "configMapKey", "configMapKeyRef"),
        ("secretAsEnv", "secretName", "secretKey", "secretKeyRef"),
    )
    return [
        {
            "name": pair["envVar"],
            "valueFrom": {reference: {"name": item[name], "key": pair[key], "optional": True}},
        }
        for kind, name, key, reference in kinds
        for item in platform.get(kind, [])
        for pair in item["keyToEnv"]
    ]


def _empty_directories(platform: Document) -> list[tuple[Document, str]]:
    return [
        (
            {
                "name": item["volumeName"],
                "emptyDir": {"medium": item["medium"], "sizeLimit": item["sizeLimit"]},
            },
            item["mountPath"],
        )
        for item in platform.get("emptyDirMounts", [])
    ]
