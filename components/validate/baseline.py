"""The baseline that a network has to be worth: logistic regression on the same rows and features."""

import numpy as np
import numpy.typing as npt
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from components.train.frame import Floats, Frame
from components.validate.scoring import Probabilities
from feature_repo.schema import Kind
from serving.signature import Signature

MISSING_CODE = -1.0


def baseline_probabilities(signature: Signature, training: Frame, test: Frame) -> Probabilities:
    """Fit on the training rows and give the probabilities `[n]` of the test rows."""
    baseline = build_baseline(signature)
    baseline.fit(with_derived(signature, training.features), training.labels)
    return baseline.predict_proba(with_derived(signature, test.features))[:, 1].astype(np.float64)


def build_baseline(signature: Signature) -> Pipeline:
    """An unfitted pipeline over `[n, F + D]`: the features in signature order, then the derived columns.

    Numbers are imputed with the median, with missing indicators, and standardised; categories are one-hot,
    an unseen code all zeros; a cyclic feature becomes its sine and cosine, a missing one the centre.
    """
    direct = [(index, feature) for index, feature in enumerate(signature.features) if feature.direct]
    derived = range(len(signature.features), len(signature.features) + len(signature.derived))
    numbers = [index for index, feature in direct if feature.kind is Kind.NUMBER] + list(derived)
    categories = [index for index, feature in direct if feature.kind is Kind.CATEGORY]
    cycles = [(index, feature.period) for index, feature in direct if feature.period is not None]
    scaled = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    coded = make_pipeline(
        SimpleImputer(strategy="constant", fill_value=MISSING_CODE), OneHotEncoder(handle_unknown="ignore")
    )
    encoders = [("numbers", scaled, numbers), ("categories", coded, categories)]
    encoders += [
        (f"cycle-{index}", FunctionTransformer(_circle, kw_args={"period": period}), [index])
        for index, period in cycles
    ]
    return make_pipeline(ColumnTransformer(encoders), LogisticRegression(max_iter=200))


def with_derived(signature: Signature, features: Floats) -> Floats:
    """Raw rows `[n, F]` with the derived columns appended, `[n, F + D]`."""
    columns = [features]
    for derived in signature.derived:
        first, second = (features[:, [signature.feature_names.index(name)]] for name in derived.inputs)
        if derived.operation == "difference":
            columns.append(first - second)
        else:
            absent = np.full_like(first, np.nan)
            columns.append(np.divide(first, second, out=absent, where=second != 0))
    return np.hstack(columns)


def _circle(position: npt.NDArray[np.floating], period: float) -> npt.NDArray[np.floating]:
    angle = 2 * np.pi * position / period
    return np.nan_to_num(np.hstack([np.sin(angle), np.cos(angle)]), nan=0.0)
