"""What a model has to reach before it may be published."""

from pydantic import BaseModel, ConfigDict, Field


class Limits(BaseModel):
    """The limits of the gate, frozen; those on performance hold as they stand for a full test.

    A test of fewer than `full_test_months` months is a short one: the least that a figure has to reach then
    gives way by `standard_errors` day-block standard errors of it, and average precision, which moves with
    the base rate, is limited as a multiple of it. `leak_auc` and `baseline_advantage` stand in any test.

    - `auc`, `average_precision`, `brier_skill`, `month_auc`: the least over all test rows, and of each month.
    - `average_precision_lift`: the least average precision of a short test, over its base rate.
    - `leak_auc`: a higher AUC is too good to be true and refused.
    - `baseline_advantage`: the most by which the AUC of the baseline may exceed the model's.
    - `champion_confidence`: of the interval of the difference from the champion's AUC.
    - `month_rows`: a month of fewer test rows is shown, but not judged.
    - `outlier_found`, `outlier_false_alarms`, `drift_found`, `drift_false_alarms`: shares of the detectors.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    full_test_months: int = Field(default=3, ge=1)
    standard_errors: float = Field(default=2.0, ge=0)
    auc: float = 0.735
    average_precision: float = 0.505
    average_precision_lift: float = 2.2
    brier_skill: float = 0.10
    month_auc: float = 0.69
    month_rows: int = 500
    leak_auc: float = 0.80
    baseline_advantage: float = 0.005
    champion_confidence: float = Field(default=0.95, gt=0, lt=1)
    outlier_found: float = 0.99
    outlier_false_alarms: float = 0.01
    drift_found: float = 0.95
    drift_false_alarms: float = 0.10
