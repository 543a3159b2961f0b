"""A namespace with all that a published model needs: stores, secrets, the fake operator, a client."""

import json
import os
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests
from feast.protos.feast.core.Registry_pb2 import Registry
from kubernetes import client
from redis import Redis
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from components.images import image
from components.publish.cluster.answers import example_row
from components.publish.cluster.connection import Connection, connect
from components.publish.cluster.forwarding import forwarded
from components.publish.cluster.patience import Patience
from components.publish.cluster.publication import Pace, Publication, Published
from components.publish.cluster.resource import Resource
from serving.artifact import ModelDirectory
from serving.deployment.model import PublishedModel
from serving.deployment.settings import DeploymentSettings
from serving.online_redis import filled_key
from tests.examples.cluster.fake_operator import FakeOperator, fake_operator
from tests.examples.cluster.hardened import hardened
from tests.examples.cluster.namespace import Namespace, own_namespace
from tests.examples.serving.model_parts import cluster_settings
from tests.examples.serving.served_model import write_served_model

EXAMPLES = Path(__file__).parent
DEPLOYMENT = "parcels"
BUCKET = "models"
SCRIPTS = ("fake_object_store.py", "load_client.py", "fake_webhook_server.py")
STORE_PORT, REDIS_PORT, CLIENT_PORT = 9000, 6379, 8080
PASSWORD = "correct-horse-battery"
TINY = {"cpu": "10m", "memory": "32Mi", "cpu_limit": "2", "memory_limit": "1Gi"}
CONTAINERS = ("fetch", "monitor", "features", "outliers", "model", "executor")
TIMING = {"shutdown_delay": 5, "request": 5, "drain": 3, "termination_grace": 30, "start": 120}
# The shortest that is allowed: for what never starts.
HURRIED = {**TIMING, "start": 29, "progress_deadline": 60}

# A forwarded port may break; who asks through it asks again.
eventually = retry(
    retry=retry_if_exception_type((AssertionError, requests.ConnectionError)),
    wait=wait_fixed(0.5),
    stop=stop_after_delay(120),
    reraise=True,
)


def executor_image() -> str:
    """What stands in for Seldon's executor: the local orchestrator in the serving image."""
    return os.environ.get("TEST_EXECUTOR_IMAGE", "localhost/ontime-fake-executor:dev")


def redis_image() -> str:
    return os.environ.get("TEST_REDIS_IMAGE", "localhost/ontime-test-redis:dev")


@dataclass
class Place:
    """The namespace, and what publishes into it."""

    connection: Connection
    namespace: str
    operator: FakeOperator
    said: list[str] = field(default_factory=list)
    published: ModelDirectory | None = None
    awaited: dict[str, threading.Event] = field(default_factory=dict)

    def settings(self, **changes: Any) -> DeploymentSettings:
        return cluster_settings(
            **{
                "name": DEPLOYMENT,
                "namespace": self.namespace,
                "serving_image": image("serving"),
                "executor_image": executor_image(),
                "replicas": 1,
                "online_store": {"secret": "ontime-secrets", "key": "ONTIME_ONLINE_STORE"},
                "monitor_database": {"secret": "ontime-secrets", "key": "ONTIME_MONITOR_DATABASE_URL"},
                "store_secret": "ontime-object-store",
                "store_endpoint": f"http://store.{self.namespace}:{STORE_PORT}",
                "resources": dict.fromkeys(CONTAINERS, TINY),
                "timing": TIMING,
                **changes,
            }
        )

    def publication(
        self,
        model: ModelDirectory,
        pace: Pace | None = None,
        connection: Connection | None = None,
        **changes: Any,
    ) -> Publication:
        published = PublishedModel(location(model), model.content_hash, model.signature)
        return Publication(
            connection or self.connection,
            published,
            self.settings(**changes),
            pace or Pace(rollout=300),
            self.say,
        )

    def publish(
        self,
        model: ModelDirectory,
        pace: Pace | None = None,
        connection: Connection | None = None,
        **changes: Any,
    ) -> Published:
        published = self.publication(model, pace, connection, **changes).run()
        self.published = model
        return published

    def said_event(self, text: str) -> threading.Event:
        """Set once a publication says a line that begins so; earlier lines do not count."""
        event = threading.Event()
        self.awaited[text] = event
        return event

    def say(self, line: str) -> None:
        self.said.append(line)
        for text, event in self.awaited.items():
            if line.startswith(text):
                event.set()

    @property
    def serving(self) -> ModelDirectory:
        """The model of the last publication that ended well."""
        if self.published is None:
            raise RuntimeError("nothing is published yet")
        return self.published

    @property
    def resource(self) -> Resource:
        return Resource(self.connection, self.namespace, DEPLOYMENT, Patience(30))

    def deployed(self) -> dict[str, Any]:
        """The SeldonDeployment as it is in the cluster."""
        if (current := self.resource.read()) is None:
            raise RuntimeError(f"{self.resource.title} is not there")
        return current

    def upload(self, model: ModelDirectory, torn: str | None = None) -> None:
        """Put a model into the store; one file may be cut short."""
        with forwarded(self.connection, self.namespace, "store", STORE_PORT) as port:
            for path in sorted(model.path.rglob("*")):
                name = path.relative_to(model.path).as_posix()
                url = f"http://127.0.0.1:{port}/{BUCKET}/{model.content_hash}/{name}"
                if not path.is_file():
                    continue
                content = path.read_bytes()
                content = content[: len(content) // 2] if name == torn else content
                self._put(url, content)

    def fill_online_store(self, model: ModelDirectory) -> None:
        """Have the online store say that it was filled: with nothing, so that every feature is missing."""
        registry = Registry.FromString((model.path / "registry.pb").read_bytes())
        with forwarded(self.connection, self.namespace, "redis", REDIS_PORT) as port:
            store = Redis(host="127.0.0.1", port=port, password=PASSWORD)
            for service in registry.feature_services:
                store.set(filled_key(service.spec.project), "2013-10-01T00:00:00+00:00")

    @eventually
    def _put(self, url: str, content: bytes) -> None:
        requests.put(url, data=content, timeout=10).raise_for_status()

    @contextmanager
    def client(self, model: ModelDirectory) -> Iterator["Client"]:
        """A pod that predicts all along, while the block lasts."""
        name = f"client-{uuid.uuid4().hex[:6]}"
        row = json.dumps(example_row(model.signature))
        service = f"{DEPLOYMENT}-default.{self.namespace}"
        command = ["python", "/scripts/load_client.py", service, row, str(CLIENT_PORT)]
        self.run_pod(name, image("serving"), command, CLIENT_PORT)
        try:
            yield Client(self, name)
        finally:
            client.CoreV1Api(self.connection.client).delete_namespaced_pod(
                name, self.namespace, grace_period_seconds=0
            )

    def run_pod(self, name: str, image_name: str, command: list[str], port: int) -> None:
        """A pod beside the deployment, once it is ready; a Service finds it by its name."""
        scripts = {"name": "scripts", "configMap": {"name": "scripts"}}
        pod = hardened(name, image_name, command, volumes=[(scripts, "/scripts")])
        pod["metadata"]["labels"] = {"app": name}
        # TEST_REDIS_IMAGE may name one whose own user is root.
        pod["spec"]["securityContext"]["runAsUser"] = 10001
        (container,) = pod["spec"]["containers"]
        listening = {"tcpSocket": {"port": port}}
        container["readinessProbe"] = {**listening, "periodSeconds": 1, "failureThreshold": 60}
        Namespace(self.connection.client, self.namespace).start_ready(pod)

    def pods(self, *, ending: bool = False) -> list[str]:
        """The pods of the deployment that stay, or those that end."""
        found = client.CoreV1Api(self.connection.client).list_namespaced_pod(
            self.namespace, label_selector=f"seldon-deployment-id={DEPLOYMENT}"
        )
        return [
            pod.metadata.name
            for pod in found.items
            if (pod.metadata.deletion_timestamp is not None) == ending
        ]

    @eventually
    def await_replaced(self) -> None:
        """Wait until the pods of what served before have ended, which answer for as long as they drain."""
        assert not self.pods(ending=True)


@dataclass(frozen=True)
class Client:
    """What the predicting pod has counted."""

    place: Place
    pod: str

    @eventually
    def counts(self) -> dict[str, Any]:
        with forwarded(self.place.connection, self.place.namespace, self.pod, CLIENT_PORT) as port:
            found: dict[str, Any] = requests.get(f"http://127.0.0.1:{port}/", timeout=10).json()
        return found

    def counts_once_answered(self, model: ModelDirectory) -> dict[str, Any]:
        """What is counted once the model has answered over both transports from now on.

        Each transport asks one thing at a time: whatever was under way at the call is counted then.
        """
        return self._counts_since(self.counts()["answered"], model.content_hash)

    @eventually
    def _counts_since(self, answered: Mapping[str, Mapping[str, int]], version: str) -> dict[str, Any]:
        now = self.counts()
        for transport, before in answered.items():
            assert now["answered"][transport].get(version, 0) > before.get(version, 0), now
        return now


def location(model: ModelDirectory) -> str:
    return f"minio://{BUCKET}/{model.content_hash}"


@contextmanager
def publishing_place() -> Iterator[Place]:
    """All of it; the namespace goes with the block."""
    connection, operators = connect(), connect().client
    with (
        own_namespace(connection.client, "publish") as made,
        fake_operator(operators, made.name, executor_image()) as operator,
    ):
        _fill(made.core, made.name)
        place = Place(connection, made.name, operator)
        store = ["python", "/scripts/fake_object_store.py", str(STORE_PORT)]
        place.run_pod("store", image("serving"), store, STORE_PORT)
        redis = ["redis-server", "--save", "", "--dir", "/tmp", "--requirepass", PASSWORD]
        place.run_pod("redis", redis_image(), redis, REDIS_PORT)
        _materialize(place)
        yield place


def _materialize(place: Place) -> None:
    """Fill the online store, through a port of this machine, with what the example's models read."""
    with (
        forwarded(place.connection, place.namespace, "redis", REDIS_PORT) as port,
        TemporaryDirectory() as scratch,
    ):
        write_served_model(Path(scratch), f"redis://:{PASSWORD}@127.0.0.1:{port}/0")


def _fill(core: client.CoreV1Api, namespace: str) -> None:
    scripts = {name: (EXAMPLES / name).read_text() for name in SCRIPTS}
    core.create_namespaced_config_map(namespace, {"metadata": {"name": "scripts"}, "data": scripts})
    secrets: Mapping[str, Mapping[str, str]] = {
        "ontime-secrets": {
            "ONTIME_ONLINE_STORE": f"redis://:{PASSWORD}@redis.{namespace}:{REDIS_PORT}/0",
            # Of one pod only: what is watched is not what is tested here.
            "ONTIME_MONITOR_DATABASE_URL": "sqlite:////tmp/monitor.db",
        },
        "ontime-object-store": {"AWS_ACCESS_KEY_ID": "ontime", "AWS_SECRET_ACCESS_KEY": PASSWORD},
    }
    for name, values in secrets.items():
        core.create_namespaced_secret(namespace, {"metadata": {"name": name}, "stringData": dict(values)})
    for name, port in (("store", STORE_PORT), ("redis", REDIS_PORT)):
        specification = {"selector": {"app": name}, "ports": [{"port": port}]}
        core.create_namespaced_service(namespace, {"metadata": {"name": name}, "spec": specification})
