"""The parts of a small trained model, as the training steps hand them over."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from feature_repo.schema import Family, Feature, Kind, RequestField
from serving.artifact import ModelDirectory, assemble, read
from serving.deployment.model import PublishedModel
from serving.deployment.settings import DeploymentSettings
from serving.signature import Signature

CARD = "# A small model\n"
METRICS = {"test": {"auc": 0.74}}
TRAINED_SIGNATURE = Signature(
    feature_service="parcel_delay_v1",
    features=(Feature(name="weight_grams", kind=Kind.NUMBER, family=Family.STABLE),),
    derived=(),
    request_fields=(
        RequestField(name="weight", type="number"),
        RequestField(name="collected_at", type="instant"),
    ),
    time_field="collected_at",
    references={},
    lead_minutes=60,
    label="late",
    label_description="delivered after the promised day",
    timezone="America/New_York",
).trained({}, datetime(2013, 1, 1, tzinfo=UTC), datetime(2013, 8, 31, 23, tzinfo=UTC))


@dataclass(frozen=True)
class Parts:
    network: Path
    contract: Path
    detectors: Path

    def assemble(self, target: Path) -> str:
        return assemble(
            target,
            network=self.network,
            contract=self.contract,
            detectors=self.detectors,
            metrics=METRICS,
            card=CARD,
        )


def write_parts(directory: Path, network: bytes = b"onnx bytes") -> Parts:
    parts = Parts(directory / "network", directory / "contract", directory / "detectors")
    for part in (parts.network, parts.contract):
        part.mkdir(parents=True)
    (parts.network / "model.onnx").write_bytes(network)
    TRAINED_SIGNATURE.write(parts.network / "signature.json")
    TRAINED_SIGNATURE.model_copy(update={"training_range": None}).write(parts.contract / "signature.json")
    (parts.contract / "registry.pb").write_bytes(b"feast registry")
    for kind in ("outlier", "drift", "prediction"):
        (parts.detectors / kind / "nested").mkdir(parents=True)
        (parts.detectors / kind / "config.toml").write_text(f'kind = "{kind}"\n')
        (parts.detectors / kind / "nested" / "weights.npy").write_bytes(b"\x93NUMPY")
    (parts.detectors / "figures.json").write_text("{}")
    return parts


def write_model(directory: Path, network: bytes = b"onnx bytes") -> ModelDirectory:
    write_parts(directory / "parts", network).assemble(directory / "model")
    return read(directory / "model")


def published_model(
    location: str = "/srv/published/models/aa", content_hash: str = "a" * 64
) -> PublishedModel:
    return PublishedModel(location, content_hash, TRAINED_SIGNATURE)


def local_settings(**changes: object) -> DeploymentSettings:
    return DeploymentSettings.model_validate(
        {
            "name": "parcels",
            "namespace": "ontime",
            "target": "local",
            "serving_image": "localhost/ontime-serving:dev",
            "executor_image": "docker.io/seldonio/seldon-core-executor:1.19.0",
            "online_store": "sqlite:////srv/online.db",
            "monitor_database": "sqlite:////srv/monitor.db",
            **changes,
        }
    )


def cluster_settings(**changes: object) -> DeploymentSettings:
    return local_settings(
        **{
            "target": "cluster",
            "replicas": 2,
            "serving_image": "registry.example/ontime-serving@sha256:" + "0" * 64,
            "online_store": {"secret": "ontime-serving", "key": "online-store"},
            "monitor_database": {"secret": "ontime-serving", "key": "monitor-database"},
            "store_secret": "ontime-model-store",
            "store_endpoint": "http://minio:9000",
            **changes,
        }
    )
