"""The KFP component of this step: translates artifacts and parameters, nothing else."""

from kfp import dsl

from components.images import image


@dsl.component(base_image=image("training"), install_kfp_package=False)
def train(
    train_frame: dsl.Input[dsl.Dataset],
    validation_frame: dsl.Input[dsl.Dataset],
    contract: dsl.Input[dsl.Artifact],
    network: dsl.Output[dsl.Model],
    loss_curves: dsl.Output[dsl.HTML],
    metrics: dsl.Output[dsl.Metrics],
    epochs: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
    device: str,
) -> None:
    """Train the network, export it as ONNX, and draw its loss curves."""
    from pathlib import Path

    from components.train import curves
    from components.train.parameters import TrainingParameters
    from components.train.training import Sources, train_network
    from serving.staging import replace_file

    parameters = TrainingParameters(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        seed=seed,
        device=device,  # type: ignore[arg-type]  # KFP has no literals; pydantic checks it.
    )
    sources = Sources(Path(train_frame.path), Path(validation_frame.path), Path(contract.path))
    history = train_network(sources, Path(network.path), parameters)
    replace_file(Path(loss_curves.path), curves.loss_curves(history))
    for name, value in history.best.figures.items():
        metrics.log_metric(name, value)
