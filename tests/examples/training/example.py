"""A small, made-up domain for the tests of training and validation: will a parcel arrive late?

Frames are seeded and carry a real signal, missing values, and depots that only later rows know.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from components.train.fitting import Rows, fit
from components.train.frame import Frame
from components.train.history import History
from components.train.network import Network, build_network
from components.train.parameters import NetworkShape, TrainingParameters
from feature_repo.schema import Derived, Family, Feature, Kind, RequestField
from serving.signature import Signature

CPU = torch.device("cpu")

DEPOTS = ("AMS", "BER", "CPH", "DUB", "EDI", "FRA")
SEEN_DEPOTS = 4
"""How many of the depots occur before the test rows; EDI is new in the test, FRA never occurs."""

SIGNATURE = Signature(
    feature_service="parcels_v1",
    features=(
        Feature(name="depot_code", kind=Kind.CATEGORY, family=Family.STABLE, reference="depots"),
        Feature(name="hour", kind=Kind.CYCLIC, family=Family.STABLE, period=24),
        Feature(name="kilometres", kind=Kind.NUMBER, family=Family.STABLE),
        Feature(name="minutes", kind=Kind.NUMBER, family=Family.STABLE, direct=False),
        Feature(
            name="depots__late_share",
            kind=Kind.NUMBER,
            family=Family.SEASONAL,
            view="depots",
            ttl_seconds=3600,
        ),
    ),
    derived=(
        Derived(name="speed", operation="ratio", inputs=("kilometres", "minutes")),
        Derived(name="slack", operation="difference", inputs=("minutes", "kilometres")),
    ),
    request_fields=(
        RequestField(name="depot", type="string", reference="depots"),
        RequestField(name="due", type="instant"),
    ),
    time_field="due",
    references={"depots": DEPOTS},
    lead_minutes=60,
    label="late",
    label_description="15 minutes late or more",
    timezone="America/New_York",
    slices=("depot_code",),
)

TRAINING_MONTHS = pd.date_range("2020-01-01", "2020-05-01", freq="MS", tz="America/New_York")
VALIDATION_MONTHS = pd.date_range("2020-05-01", "2020-06-01", freq="MS", tz="America/New_York")
TEST_MONTHS = pd.date_range("2020-06-01", "2020-09-01", freq="MS", tz="America/New_York")


def frame(months: pd.DatetimeIndex, rows: int, seed: int, *, depots: int = SEEN_DEPOTS) -> pd.DataFrame:
    """A frame of `rows` rows between the first and the last of `months`, from the first `depots` depots."""
    random = np.random.default_rng(seed)
    start, end = months[0].tz_convert("UTC"), months[-1].tz_convert("UTC")
    seconds = np.sort(random.integers(0, int((end - start).total_seconds()), rows))
    depot = random.integers(0, depots, rows)
    hour = random.integers(0, 24, rows)
    kilometres = random.gamma(4, 25, rows)
    minutes = kilometres * random.uniform(0.8, 1.6, rows)
    late_share = np.where(random.random(rows) < 0.1, np.nan, random.beta(2, 6, rows))
    logit = -2.2 + 0.5 * depot + np.sin(2 * np.pi * hour / 24) + 4 * np.nan_to_num(late_share, nan=0.4)
    logit -= 2.5 * (minutes / kilometres - 1.2)
    columns = {
        "depot": np.array(DEPOTS)[depot],
        "event_timestamp": (start + pd.to_timedelta(seconds, unit="s")).astype("datetime64[us, UTC]"),
        "depot_code": depot,
        "hour": hour,
        "kilometres": kilometres,
        "minutes": minutes,
        "depots__late_share": late_share,
    }
    table = pd.DataFrame(columns).astype(dict.fromkeys(SIGNATURE.feature_names, "float32"))
    return table.assign(late=(random.random(rows) < 1 / (1 + np.exp(-logit))).astype("int8"))


def as_frame(months: pd.DatetimeIndex, rows: int, seed: int, *, depots: int = SEEN_DEPOTS) -> Frame:
    """The same as what the steps read from a file."""
    table = frame(months, rows, seed, depots=depots)
    return Frame(
        features=table[SIGNATURE.feature_names].to_numpy(dtype=np.float32),
        labels=table["late"].to_numpy(),
        times=pd.DatetimeIndex(table["event_timestamp"]),
        names=tuple(SIGNATURE.feature_names),
    )


def train_quickly(
    signature: Signature, training: Frame, validation: Frame, *, epochs: int, seed: int = 0, patience: int = 4
) -> tuple[Network, History]:
    """A network trained in small batches and large steps, for few rows and epochs."""
    parameters = TrainingParameters(
        epochs=epochs, batch_size=128, learning_rate=1e-2, seed=seed, patience=patience
    )
    rows = Rows.of(training, CPU)
    network = build_network(signature, rows.features, NetworkShape(), parameters.seed)
    return network, fit(network, rows, Rows.of(validation, CPU), parameters, lambda _: None)


def write_frames(directory: Path) -> None:
    """Write train.parquet, validation.parquet and test.parquet."""
    frame(TRAINING_MONTHS, 6000, seed=1).to_parquet(directory / "train.parquet")
    frame(VALIDATION_MONTHS, 2000, seed=2).to_parquet(directory / "validation.parquet")
    frame(TEST_MONTHS, 6000, seed=3, depots=SEEN_DEPOTS + 1).to_parquet(directory / "test.parquet")


def write_contract(directory: Path) -> None:
    """Write what retrieval hands on beside the frames: the signature, and a registry nobody reads here."""
    directory.mkdir(parents=True, exist_ok=True)
    SIGNATURE.write(directory / "signature.json")
    (directory / "registry.pb").write_bytes(b"registry")
