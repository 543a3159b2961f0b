"""How much a model leans on each feature: the AUC lost where its column is shuffled (Breiman 2001)."""

import numpy as np
from sklearn.metrics import roc_auc_score

from components.train.frame import Frame
from components.validate.scoring import Scorer

SAMPLE_ROWS = 20_000


def permutation_importances(scorer: Scorer, frame: Frame, seed: int) -> dict[str, float]:
    """The loss of AUC for each feature on a sample of the rows, the largest first.

    Raises ValueError where the sample is all of one label.
    """
    random = np.random.default_rng(seed)
    sample = random.permutation(len(frame))[:SAMPLE_ROWS]
    features, labels = frame.features[sample], frame.labels[sample]
    whole = roc_auc_score(labels, scorer.score(features))
    losses = {}
    for index, name in enumerate(frame.names):
        shuffled = features.copy()
        random.shuffle(shuffled[:, index])
        losses[name] = float(whole - roc_auc_score(labels, scorer.score(shuffled)))
    return dict(sorted(losses.items(), key=lambda item: -item[1]))
