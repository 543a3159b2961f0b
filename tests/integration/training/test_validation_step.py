"""The validation step measures, decides, and writes a model directory that serving accepts."""

import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
import yaml

from components.train.parameters import TrainingParameters
from components.train.training import train_network
from components.validate.champion import published_champion
from components.validate.evidence import ChampionEvidence
from components.validate.limits import Limits
from components.validate.metrics import headline_metrics
from components.validate.validation import Terms, Validation, validate_network
from serving.artifact import assemble, read
from serving.deployment.model import PublishedModel
from serving.signature import Signature
from tests.examples.training import example
from tests.examples.training.run import Run

GENEROUS = Limits(
    auc=0.6,
    average_precision=0.4,
    brier_skill=0.0,
    month_auc=0.55,
    leak_auc=0.99,
    baseline_advantage=0.1,
    month_rows=100,
)
AS_OF = "2020-09-01T04:00:00+00:00"


@pytest.fixture(scope="module")
def promoted(run: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Validation, object]:
    target = tmp_path_factory.mktemp("validation") / "model"
    return validate_network(run.validation, Terms(AS_OF, seed=0, limits=GENEROUS), target), target


def test_a_model_within_the_limits_is_promoted(promoted: tuple[Validation, Path]) -> None:
    assert promoted[0].decision.promoted, promoted[0].decision.refusals


def test_the_model_directory_is_the_one_that_its_hash_names(promoted: tuple[Validation, Path]) -> None:
    validation, target = promoted
    model = read(target, validation.content_hash)
    assert model.metrics["decision"]["promoted"] is True
    assert model.metrics["test"]["rows"] == 6000


def test_the_test_has_the_months_of_its_frame(promoted: tuple[Validation, Path]) -> None:
    assert promoted[0].decision.judged_months == ("2020-06", "2020-07", "2020-08")


def test_the_model_leans_on_what_carries_the_signal(promoted: tuple[Validation, Path]) -> None:
    importances = promoted[0].evidence.importances
    assert set(importances) == set(example.SIGNATURE.feature_names)
    assert importances["depots__late_share"] > 0.01


def test_the_same_seed_gives_the_same_figures(
    run: Run, promoted: tuple[Validation, Path], tmp_path: Path
) -> None:
    again = validate_network(run.validation, Terms(AS_OF, seed=0, limits=GENEROUS), tmp_path / "model")
    assert headline_metrics(again.evidence) == headline_metrics(promoted[0].evidence)


def test_a_refused_model_is_written_all_the_same(run: Run, tmp_path: Path) -> None:
    strict = Limits(auc=0.999, leak_auc=1.0, month_rows=100)
    validation = validate_network(run.validation, Terms(AS_OF, seed=0, limits=strict), tmp_path / "model")
    assert not validation.decision.promoted
    assert read(tmp_path / "model", validation.content_hash).metrics["decision"]["promoted"] is False


def _publish(run: Run, network: Path, directory: Path) -> None:
    """Publish a network under the name `parcels`, as the publishing step does."""
    place = directory / "parcels"
    content_hash = assemble(
        directory / "model",
        network=network,
        contract=run.validation.contract,
        detectors=run.validation.detectors,
        metrics={},
        card="# Card",
    )
    (place / "models").mkdir(parents=True)
    (directory / "model").rename(place / "models" / content_hash)
    model = read(place / "models" / content_hash)
    published = PublishedModel(str(model.path), content_hash, model.signature)
    manifest = {"metadata": {"annotations": published.annotations()}}
    (place / "seldondeployment.yaml").write_text(yaml.safe_dump(manifest))


def test_the_served_model_and_its_equal_are_level(run: Run, tmp_path: Path) -> None:
    _publish(run, run.network, tmp_path)
    champion = published_champion(tmp_path / "parcels")
    terms = Terms(AS_OF, seed=0, champion=champion, limits=GENEROUS)
    evidence = validate_network(run.validation, terms, tmp_path / "challenger").evidence.champion
    assert evidence is not None
    assert evidence.advantage is not None
    assert (evidence.advantage.value, evidence.saw_test_rows) == (0.0, False)


def _trained_until(network: Path, end: str, directory: Path) -> Path:
    """The same network, as if it had been trained until `end`."""
    shutil.copytree(network, directory)
    signature = Signature.read(directory / "signature.json")
    start = pd.Timestamp(example.TRAINING_MONTHS[0]).to_pydatetime()
    later = signature.trained(signature.vocabularies, start, datetime.fromisoformat(end))
    later.write(directory / "signature.json")
    return directory


def _champion_evidence(run: Run, tmp_path: Path, end: str) -> ChampionEvidence:
    _publish(run, _trained_until(run.network, end, tmp_path / "network"), tmp_path)
    champion = published_champion(tmp_path / "parcels")
    terms = Terms(AS_OF, seed=0, champion=champion, limits=GENEROUS)
    evidence = validate_network(run.validation, terms, tmp_path / "challenger").evidence.champion
    assert evidence is not None
    return evidence


def test_a_champion_is_compared_on_the_days_after_its_training(run: Run, tmp_path: Path) -> None:
    evidence = _champion_evidence(run, tmp_path, "2020-07-15T00:00:00+00:00")
    assert evidence.saw_test_rows
    assert evidence.advantage is not None


def test_a_champion_that_was_trained_on_the_test_cannot_be_compared(run: Run, tmp_path: Path) -> None:
    evidence = _champion_evidence(run, tmp_path, "2020-08-30T00:00:00+00:00")
    assert evidence.advantage is None
    assert "was trained on all but" in evidence.remark


def test_a_challenger_worse_than_the_served_model_is_refused(run: Run, tmp_path: Path) -> None:
    _publish(run, run.network, tmp_path)
    table = example.frame(example.TRAINING_MONTHS, 600, 9)
    table.assign(late=1 - table["late"]).to_parquet(tmp_path / "wrong.parquet")
    sources = replace(run.training, training_frame=tmp_path / "wrong.parquet")
    train_network(sources, tmp_path / "network", TrainingParameters(epochs=2, batch_size=64, device="cpu"))
    champion = published_champion(tmp_path / "parcels")
    validation = validate_network(
        replace(run.validation, network=tmp_path / "network"),
        Terms(AS_OF, seed=0, champion=champion, limits=GENEROUS),
        tmp_path / "challenger",
    )
    refused = [check.name for check in validation.decision.refusals]
    assert "AUC above the champion's, upper end of its interval" in refused
