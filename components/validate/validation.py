"""Validates a trained network and puts its model directory together: the step without KFP."""

import logging
from dataclasses import dataclass, field
from pathlib import Path

from components.train.frame import read_frame
from components.validate import pages
from components.validate.bootstrap import Resampling
from components.validate.evidence import Evidence
from components.validate.gate import Decision, decide
from components.validate.limits import Limits
from components.validate.measuring import Frames, Subject, gather_evidence
from components.validate.metrics import model_metrics
from components.validate.scoring import Scorer
from serving.artifact import NETWORK, SIGNATURE, ModelDirectory, assemble
from serving.detectors.figures import DetectorFigures
from serving.signature import Signature

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sources:
    """Where a validation reads from: three frames, and the directories of what is validated."""

    training_frame: Path
    validation_frame: Path
    test_frame: Path
    contract: Path
    network: Path
    detectors: Path


@dataclass(frozen=True)
class Terms:
    """On which terms a network is validated: as of when, against whom, within which limits.

    `seed` is that of the resampled days and the shuffled columns.
    """

    as_of: str
    seed: int
    champion: ModelDirectory | None = None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Validation:
    """What a validation found and decided, and the content hash of the model directory that it wrote."""

    evidence: Evidence
    decision: Decision
    report: str
    card: str
    content_hash: str


def validate_network(sources: Sources, terms: Terms, target: Path) -> Validation:
    """Measure a network, decide about it, and write its model directory at `target`, refused or not.

    Raises InvalidFrameError for a broken frame, ValueError where the test rows are all of one label,
    InvalidModelDirectoryError where a part of the model directory is missing.
    """
    signature = Signature.read(sources.network / SIGNATURE)
    frames = Frames(
        training=read_frame(sources.training_frame, signature),
        validation=read_frame(sources.validation_frame, signature),
        test=read_frame(sources.test_frame, signature),
    )
    detectors = DetectorFigures.read(sources.detectors)
    subject = Subject(Scorer(sources.network / NETWORK), signature, detectors, terms.champion)
    resampling = Resampling(terms.seed, terms.limits.champion_confidence)
    evidence = gather_evidence(terms.as_of, subject, frames, resampling)
    decision = decide(evidence, terms.limits)
    _tell(decision)
    card = pages.card(evidence, decision)
    content_hash = assemble(
        target,
        network=sources.network,
        contract=sources.contract,
        detectors=sources.detectors,
        metrics=model_metrics(evidence, decision),
        card=card,
    )
    return Validation(evidence, decision, pages.report(evidence, decision), card, content_hash)


def _tell(decision: Decision) -> None:
    for check in decision.checks:
        value = "not measured" if check.value is None else f"{check.value:.4f}"
        verdict = "passed" if check.passed else "REFUSED"
        logger.info(
            "%s: %s %s, %s %.4f %s", verdict, check.name, value, check.rule, check.limit, check.remark
        )
    logger.info("the model is %s", "promoted" if decision.promoted else "refused")
