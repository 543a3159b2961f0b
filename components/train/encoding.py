"""From raw feature values to what a network can learn from, one module for each kind of feature.

What is learnt from the training rows (medians, means, scales, vocabularies) is kept in buffers, so that it
travels inside the exported network.
"""

import math

import torch
from torch import Tensor, nn

from components.train.parameters import NetworkShape
from feature_repo.schema import Feature, Kind
from serving.signature import Signature

UNKNOWN = 0
"""The vocabulary index of a missing code, and of one that training did not see."""


class Numbers(nn.Module):
    """Numbers, given and derived: imputed with the median, standardised, cut, with missing indicators.

    `[n, F]` raw values in, `[n, 2 K]` out: K standardised columns, then K indicators. The indicator of a
    column that was never missing in training stays 0, since nothing was learnt about it.
    """

    median: Tensor
    mean: Tensor
    scale: Tensor
    indicated: Tensor

    def __init__(self, signature: Signature, clip: float) -> None:
        super().__init__()
        names = signature.feature_names
        self.given = [names.index(f.name) for f in signature.of_kind(Kind.NUMBER) if f.direct]
        self.derived = [
            (d.operation, names.index(d.inputs[0]), names.index(d.inputs[1])) for d in signature.derived
        ]
        self.clip = clip
        self.columns = len(self.given) + len(self.derived)
        for name, value in (("median", 0.0), ("mean", 0.0), ("scale", 1.0), ("indicated", 0.0)):
            self.register_buffer(name, torch.full((self.columns,), value))

    @property
    def width(self) -> int:
        """How many columns come out."""
        return 2 * self.columns

    def fit(self, features: Tensor) -> None:
        """Learn the buffers from the raw training rows `[n, F]`."""
        values = self._values(features)
        missing = values.isnan()
        self.median = values.nanmedian(dim=0).values.nan_to_num()
        imputed = torch.where(missing, self.median, values).double()
        deviation = imputed.std(dim=0, correction=0).float()
        self.mean = imputed.mean(dim=0).float()
        self.scale = torch.where(deviation > 0, deviation, 1.0)
        self.indicated = missing.any(dim=0).float()

    def forward(self, features: Tensor) -> Tensor:
        """Encode raw rows."""
        values = self._values(features)
        missing = torch.isnan(values)
        standardised = (torch.where(missing, self.median, values) - self.mean) / self.scale
        return torch.cat([standardised.clamp(-self.clip, self.clip), missing * self.indicated], dim=1)

    def _values(self, features: Tensor) -> Tensor:
        derived = [_derive(operation, features[:, [a]], features[:, [b]]) for operation, a, b in self.derived]
        return torch.cat([features[:, self.given], *derived], dim=1)


def _derive(operation: str, first: Tensor, second: Tensor) -> Tensor:
    if operation == "difference":
        return first - second
    return first / torch.where(second == 0, torch.nan, second)


class Cycle(nn.Module):
    """A position on a circle as sine and cosine, `[n]` in, `[n, 2]` out; a missing one is the centre."""

    def __init__(self, period: float) -> None:
        super().__init__()
        self.period = period

    def forward(self, position: Tensor) -> Tensor:
        """Encode one raw column."""
        angle = position * (2 * math.pi / self.period)
        point = torch.stack([torch.sin(angle), torch.cos(angle)], dim=1)
        return torch.where(torch.isnan(point), 0.0, point)


class Category(nn.Module):
    """The embedding of a code, `[n]` indexes into the reference list in, `[n, width]` out.

    The buffer `lookup` turns a reference index, plus one, into a vocabulary index. Its first entry stands
    for missing and its last for everything beyond the list.
    """

    lookup: Tensor

    def __init__(self, codes: tuple[str, ...], vocabulary: tuple[str, ...], shape: NetworkShape) -> None:
        super().__init__()
        position = {code: index for index, code in enumerate(vocabulary, start=UNKNOWN + 1)}
        entries = [UNKNOWN, *(position.get(code, UNKNOWN) for code in codes), UNKNOWN]
        self.register_buffer("lookup", torch.tensor(entries))
        self.listed = len(codes)
        self.dropout = shape.category_dropout
        self.width = min(shape.widest_embedding, math.ceil(math.sqrt(len(vocabulary) + 1)))
        self.embedding = nn.Embedding(len(vocabulary) + 1, self.width)
        # Small, so that a code starts close to the unknown one and moves away by what its rows say.
        nn.init.normal_(self.embedding.weight, std=shape.embedding_scale)

    def forward(self, column: Tensor) -> Tensor:
        """Embed one raw column."""
        reference = torch.where(torch.isnan(column), -1.0, column).clamp(-1, self.listed)
        index = self.lookup[reference.round().long() + 1]
        if self.training and self.dropout:
            hidden = torch.rand(index.shape, device=index.device) < self.dropout
            index = torch.where(hidden, UNKNOWN, index)
        return self.embedding(index)


class Encoding(nn.Module):
    """All features of a signature, `[n, F]` raw values in, `[n, width]` network inputs out.

    `signature` is a trained one (its vocabularies size the embeddings). A feature that is not direct takes
    part only in what is derived from it.
    """

    def __init__(self, signature: Signature, shape: NetworkShape) -> None:
        super().__init__()
        self.numbers = Numbers(signature, shape.clip)
        self.width = self.numbers.width
        self.cycles = nn.ModuleDict()
        self.categories = nn.ModuleDict()
        for index, feature in enumerate(signature.features):
            if feature.direct:
                self._add(index, feature, signature, shape)

    def _add(self, index: int, feature: Feature, signature: Signature, shape: NetworkShape) -> None:
        # The modules are named by column, since a feature's name may not be one of a module.
        if feature.period is not None:
            self.cycles[str(index)] = Cycle(feature.period)
            self.width += 2
        if feature.reference is not None:
            codes, vocabulary = signature.references[feature.reference], signature.vocabularies[feature.name]
            category = Category(codes, vocabulary, shape)
            self.categories[str(index)] = category
            self.width += category.width

    def forward(self, features: Tensor) -> Tensor:
        """Encode raw rows."""
        encoded = [self.numbers(features)]
        for columns in (self.cycles, self.categories):
            encoded += [module(features[:, int(index)]) for index, module in columns.items()]
        return torch.cat(encoded, dim=1)
