"""The model that a directory publishes, and what a champion says of a challenger's test rows."""

from pathlib import Path

import numpy as np

from components.publish.directory import MODELS, published_hash
from components.train.frame import Floats, Frame
from components.validate.scoring import Probabilities, Scorer
from serving.artifact import ModelDirectory, read
from serving.deployment.manifest import FILE_NAME
from serving.signature import Signature


class IncomparableChampionError(ValueError):
    """The champion reads features that the frames no longer hold."""


def published_champion(directory: Path) -> ModelDirectory | None:
    """The model that a deployment's `directory` publishes, or None where nothing is published.

    Raises UnreadableManifestError where the manifest names no model, InvalidModelDirectoryError where the
    directory that it names is missing or another.
    """
    content_hash = published_hash(directory / FILE_NAME)
    return None if content_hash is None else read(directory / MODELS / content_hash, content_hash)


def champion_probabilities(champion: ModelDirectory, signature: Signature, frame: Frame) -> Probabilities:
    """The champion's probabilities `[n]` of rows that were built for a challenger with `signature`.

    Raises IncomparableChampionError where the frame lacks a feature that the champion reads.
    """
    return Scorer(champion.network).score(champion_features(champion.signature, signature, frame))


def champion_features(champion: Signature, challenger: Signature, frame: Frame) -> Floats:
    """The rows in the champion's columns `[n, F of the champion]`.

    A category is an index into its model's own reference list, so it is translated by its code; a code
    that the champion's list lacks is missing to it. A feature of another kind is another feature.
    """
    kinds = {feature.name: feature.kind for feature in challenger.features}
    absent = sorted(feature.name for feature in champion.features if kinds.get(feature.name) != feature.kind)
    if absent:
        raise IncomparableChampionError(f"the frames lack {', '.join(absent)}, which the champion reads")
    columns = []
    for feature in champion.features:
        index = frame.names.index(feature.name)
        column = frame.features[:, index]
        source = challenger.features[index].reference
        if feature.reference is not None and source is not None:
            column = _translated(
                column, challenger.references[source], champion.references[feature.reference]
            )
        columns.append(column)
    return np.stack(columns, axis=1)


def _translated(column: Floats, codes: tuple[str, ...], target: tuple[str, ...]) -> Floats:
    position = {code: float(index) for index, code in enumerate(target)}
    table = np.array([position.get(code, np.nan) for code in codes] + [np.nan], dtype=np.float32)
    return table[np.where(np.isnan(column), len(codes), column).astype(np.int64)]
