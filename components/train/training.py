"""Trains a network from frames and writes it: the step without KFP."""

import logging
from dataclasses import dataclass
from pathlib import Path

from components.train.device import choose_device
from components.train.export import export_network
from components.train.fitting import Rows, fit
from components.train.frame import read_frame
from components.train.history import History
from components.train.network import build_network
from components.train.parameters import NetworkShape, TrainingParameters
from components.train.progress import Progress
from components.train.vocabulary import trained_vocabularies
from serving.artifact import NETWORK, SIGNATURE
from serving.signature import Signature
from serving.staging import staged

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sources:
    """Where a training run reads from: two frames, and the directory with the signature."""

    training_frame: Path
    validation_frame: Path
    contract: Path


def train_network(
    sources: Sources, target: Path, parameters: TrainingParameters, shape: NetworkShape | None = None
) -> History:
    """Train on one frame, stop early on the other, and write the network's directory at `target`.

    `target` gets the ONNX file and the trained signature,
    and is replaced only once both are there. Raises InvalidFrameError for a broken frame, NoDeviceError for
    a device that is not here.
    """
    device = choose_device(parameters.device)
    signature = Signature.read(sources.contract / SIGNATURE)
    training = read_frame(sources.training_frame, signature)
    validation = read_frame(sources.validation_frame, signature)
    logger.info("training on %s rows, %s for validation, on %s", len(training), len(validation), device)
    trained = signature.trained(
        trained_vocabularies(signature, training.features),
        training.times.min().to_pydatetime(),
        training.times.max().to_pydatetime(),
    )
    rows = Rows.of(training, device)
    network = build_network(trained, rows.features.cpu(), shape or NetworkShape(), parameters.seed).to(device)
    with Progress(parameters.epochs) as progress:
        history = fit(network, rows, Rows.of(validation, device), parameters, progress.show)
    with staged(target) as directory:
        export_network(network, len(trained.features), directory / NETWORK)
        trained.write(directory / SIGNATURE)
    return history
