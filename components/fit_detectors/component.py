"""Fit the detectors of a trained network and measure what they find."""

from kfp import dsl

from components.images import image


@dsl.component(base_image=image("serving"), install_kfp_package=False)
def fit_detectors(
    train_frame: dsl.Input[dsl.Dataset],
    validation_frame: dsl.Input[dsl.Dataset],
    test_frame: dsl.Input[dsl.Dataset],
    network: dsl.Input[dsl.Model],
    detectors: dsl.Output[dsl.Artifact],
    metrics: dsl.Output[dsl.Metrics],
    seed: int,
) -> None:
    """Fit the outlier, drift and prediction detectors to the training frame and plant faults in later ones.

    Args:
        train_frame: The frame that the network was trained on.
        validation_frame: The frame of the months after that.
        test_frame: The frame of the latest months.
        network: The directory with `model.onnx` and the trained `signature.json`.
        detectors: A directory with one directory a detector and `figures.json`.
        metrics: The share found of each planted fault, and the false alarms.
        seed: Draws the reference rows and the rows that faults are planted in.
    """
    from pathlib import Path

    from components.fit_detectors.detection import Sources, fit_and_measure

    sources = Sources(
        train=Path(train_frame.path),
        validation=Path(validation_frame.path),
        test=Path(test_frame.path),
        network=Path(network.path),
    )
    for name, value in fit_and_measure(sources, Path(detectors.path), seed=seed).items():
        metrics.log_metric(name, value)
