"""Which codes of the reference lists a model was trained on."""

import numpy as np

from components.train.frame import Floats
from feature_repo.schema import Kind
from serving.signature import Signature


def trained_vocabularies(signature: Signature, features: Floats) -> dict[str, tuple[str, ...]]:
    """The codes that occur in the training rows, for each category feature, in the order of its list.

    `features` is `[n, F]` in signature order. Raises ValueError where a value is no index into its list.
    """
    vocabularies = {}
    for feature in signature.of_kind(Kind.CATEGORY):
        column = features[:, signature.feature_names.index(feature.name)]
        present = np.unique(column[~np.isnan(column)])
        codes = signature.references[str(feature.reference)]
        if present.size and (present[0] < 0 or present[-1] >= len(codes) or np.any(present % 1)):
            raise ValueError(
                f"{feature.name} holds values that are no index into the {len(codes)} codes of "
                f"{feature.reference}: {present[0]:g} to {present[-1]:g}"
            )
        vocabularies[feature.name] = tuple(codes[int(index)] for index in present)
    return vocabularies
