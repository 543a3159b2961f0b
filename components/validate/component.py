"""The KFP component of this step: translates artifacts and parameters, nothing else."""

from typing import NamedTuple

from kfp import dsl

from components.images import image


@dsl.component(base_image=image("training"), install_kfp_package=False)
def validate(
    train_frame: dsl.Input[dsl.Dataset],
    validation_frame: dsl.Input[dsl.Dataset],
    test_frame: dsl.Input[dsl.Dataset],
    contract: dsl.Input[dsl.Artifact],
    network: dsl.Input[dsl.Model],
    detectors: dsl.Input[dsl.Artifact],
    model: dsl.Output[dsl.Model],
    decision: dsl.Output[dsl.Artifact],
    metrics: dsl.Output[dsl.Metrics],
    curve: dsl.Output[dsl.ClassificationMetrics],
    confusion: dsl.Output[dsl.ClassificationMetrics],
    report: dsl.Output[dsl.HTML],
    card: dsl.Output[dsl.Markdown],
    as_of: str,
    deployment_name: str,
    namespace: str,
    target: str,
    seed: int,
) -> NamedTuple("Outputs", [("promoted", bool)]):  # type: ignore[valid-type]  # How KFP names a returned value.
    """Measure the network, decide whether it may be published, and put its model directory together."""
    import tempfile
    from pathlib import Path

    from components.publish.parameters import deployment_directory
    from components.settings import Settings
    from components.validate.champion import published_champion
    from components.validate.metrics import headline_metrics
    from components.validate.validation import Sources, Terms, validate_network
    from serving.staging import replace_file

    inputs = (train_frame, validation_frame, test_frame, contract, network, detectors)
    sources = Sources(*(Path(artifact.path) for artifact in inputs))
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings.from_environment()
        if target == "cluster":
            # The client of a cluster takes seconds to import, which a directory has no use for.
            from components.validate.serving_champion import serving_champion

            champion = serving_champion(settings, namespace, deployment_name, Path(scratch))
        else:
            champion = published_champion(deployment_directory(settings, deployment_name))
        outcome = validate_network(sources, Terms(as_of, seed, champion), Path(model.path))
    model.metadata["content_hash"] = outcome.content_hash
    replace_file(Path(decision.path), outcome.decision.model_dump_json(indent=2) + "\n")
    replace_file(Path(report.path), outcome.report)
    replace_file(Path(card.path), outcome.card)
    for name, value in headline_metrics(outcome.evidence).items():
        metrics.log_metric(name, value)
    roc = outcome.evidence.model.roc
    curve.log_roc_curve(list(roc.false_positive_rate), list(roc.true_positive_rate), list(roc.thresholds))
    matrix = [list(row) for row in outcome.evidence.confusion.matrix]
    confusion.log_confusion_matrix(["negative", "positive"], matrix)
    return (outcome.decision.promoted,)
