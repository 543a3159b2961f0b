"""The network: what a signature's features become, and a small multi-layer perceptron on top."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from components.train.encoding import Encoding
from components.train.parameters import NetworkShape
from serving.signature import Signature


class Network(nn.Module):
    """Raw feature values `[n, F]` in, logits `[n, 1]` out; `signature` is a trained one."""

    def __init__(self, signature: Signature, shape: NetworkShape) -> None:
        super().__init__()
        self.encoding = Encoding(signature, shape)
        layers: list[nn.Module] = []
        for width, following in pairwise((self.encoding.width, *shape.hidden)):
            layers += [nn.Linear(width, following), nn.ReLU(), nn.Dropout(shape.dropout)]
        self.layers = nn.Sequential(*layers, nn.Linear((self.encoding.width, *shape.hidden)[-1], 1))

    def forward(self, features: Tensor) -> Tensor:
        """Score raw rows."""
        return self.layers(self.encoding(features))


class Probability(nn.Module):
    """A network with its logits turned into probabilities: `[n, F]` in, `[n, 1]` out."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, features: Tensor) -> Tensor:
        """Score raw rows."""
        return torch.sigmoid(self.network(features))


def build_network(signature: Signature, features: Tensor, shape: NetworkShape, seed: int) -> Network:
    """A network with random weights from `seed` and its buffers learnt from the raw training rows `[n, F]`.

    The global random state is left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Network(signature, shape)
    network.encoding.numbers.fit(features)
    return network
