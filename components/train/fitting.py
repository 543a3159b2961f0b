"""Fits a network: AdamW under a one-cycle schedule, stopped early on the validation AUC.

All rows stay on the device as tensors, and a batch is an indexed slice of them: with so few bytes a row, a
loader that collates rows one by one would cost several times the training itself.
"""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.metrics import log_loss, roc_auc_score
from torch import Tensor, nn

from components.train.device import one_thread
from components.train.frame import Frame
from components.train.history import Epoch, History
from components.train.network import Network
from components.train.parameters import TrainingParameters

SCORING_ROWS = 65_536
"""Rows scored at once, which bounds the memory of the hidden layers."""


@dataclass(frozen=True)
class Rows:
    """The rows of a frame on a device: `features` float32 `[n, F]`, `labels` float32 `[n, 1]`."""

    features: Tensor
    labels: Tensor

    @classmethod
    def of(cls, frame: Frame, device: torch.device) -> "Rows":
        """Move a frame to a device."""
        features = torch.from_numpy(frame.features).to(device)
        return cls(features, torch.from_numpy(frame.labels).to(device).float().unsqueeze(1))


def fit(
    network: Network,
    training: Rows,
    validation: Rows,
    parameters: TrainingParameters,
    show: Callable[[Epoch], None],
) -> History:
    """Fit `network` in place, leave it with the weights of its best epoch, and say how it went.

    The best epoch has the highest validation AUC, the earliest of equals. `show` is called after each.
    Raises ValueError where the validation rows are all of one label (they have no AUC). On the CPU
    the same seed gives the same weights; the global random state is left as it was.
    """
    if len(validation.labels.unique()) < 2:
        raise ValueError("the validation rows are all of one label, so their AUC is undefined")
    devices = [training.features.device] if training.features.is_cuda else []
    with torch.random.fork_rng(devices=devices), one_thread():
        torch.manual_seed(parameters.seed)
        return _fit(network, training, validation, parameters, show)


def _fit(
    network: Network,
    training: Rows,
    validation: Rows,
    parameters: TrainingParameters,
    show: Callable[[Epoch], None],
) -> History:
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=parameters.learning_rate, weight_decay=parameters.weight_decay
    )
    steps = -(-len(training.labels) // parameters.batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=parameters.learning_rate, total_steps=steps * parameters.epochs
    )
    epochs: list[Epoch] = []
    best = 0
    weights = copy.deepcopy(network.state_dict())
    while len(epochs) < parameters.epochs and len(epochs) - best < parameters.patience:
        started = time.monotonic()
        loss = _train_epoch(network, training, optimizer, schedule, parameters.batch_size)
        validation_loss, auc = evaluate(network, validation)
        epochs.append(Epoch(len(epochs) + 1, loss, validation_loss, auc, time.monotonic() - started))
        if best == 0 or auc > epochs[best - 1].validation_auc:
            best, weights = len(epochs), copy.deepcopy(network.state_dict())
        show(epochs[-1])
    network.load_state_dict(weights)
    return History(tuple(epochs), best)


def _train_epoch(
    network: Network,
    rows: Rows,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    batch_size: int,
) -> float:
    """One pass in a random order; returns the mean loss of a row."""
    network.train()
    order = torch.randperm(len(rows.labels), device=rows.labels.device)
    total = torch.zeros((), device=rows.labels.device)
    for batch in order.split(batch_size):
        optimizer.zero_grad()
        with torch.autocast("cuda", dtype=torch.bfloat16, enabled=rows.features.is_cuda):
            logits = network(rows.features[batch])
        loss = nn.functional.binary_cross_entropy_with_logits(logits.float(), rows.labels[batch])
        loss.backward()
        optimizer.step()
        schedule.step()
        # Summed on the device: reading each loss would wait for the device at every step.
        total += loss.detach() * len(batch)
    return total.item() / len(rows.labels)


def evaluate(network: Network, rows: Rows) -> tuple[float, float]:
    """The mean binary cross-entropy and the AUC of a network on some rows."""
    network.eval()
    with torch.inference_mode():
        logits = torch.cat([network(part) for part in rows.features.split(SCORING_ROWS)])
        probabilities = torch.sigmoid(logits).double().cpu().numpy().ravel()
    labels = rows.labels.cpu().numpy().ravel().astype(np.int8)
    return float(log_loss(labels, probabilities)), float(roc_auc_score(labels, probabilities))
