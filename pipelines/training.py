"""From feature tables to a model that passed the gate and is published."""

from kfp import dsl

from components.fit_detectors.component import fit_detectors
from components.images import executor, image
from components.publish.component import publish
from components.retrieve_features.component import retrieve_features
from components.train.component import train
from components.validate.component import validate
from pipelines.placement import place


@dsl.pipeline(name="training", display_name="Training")
def training(
    as_of: str = "",
    validation_months: int = 1,
    test_months: int = 3,
    epochs: int = 8,
    batch_size: int = 2048,
    learning_rate: float = 0.002,
    seed: int = 0,
    device: str = "auto",
    accelerators: str = "0",
    deployment_name: str = "ontime",
    namespace: str = "ontime",
    target: str = "local",
    serving_image: str = image("serving"),
    executor_image: str = executor(),
    replicas: int = 1,
    engine: str = "own",
    strategy: str = "rolling",
    traffic: int = 10,
) -> None:
    """Trains on the past, judges on the latest whole months, and publishes what passes the gate.

    Args:
        as_of: The instant to stand at: a date (midnight in New York) or an ISO 8601 instant with its
            offset; empty for the newest set of feature tables.
        validation_months: How many whole months before the test months stop the training early.
        test_months: How many whole months before as_of the model is judged on.
        epochs: At most how many times the training rows are seen.
        batch_size: Rows a step of the optimiser.
        learning_rate: The optimiser's largest step size.
        seed: What every random choice derives from.
        device: Where to train: auto, cpu or cuda.
        accelerators: How many GPUs the training step gets on a cluster; nothing on this machine.
        deployment_name: The SeldonDeployment that the model is published as.
        namespace: The Kubernetes namespace of that deployment.
        target: Where to publish: local (a directory) or cluster (Kubernetes with Seldon Core).
        serving_image: The image of the serving containers.
        executor_image: The image of Seldon's executor.
        replicas: How many pods answer.
        engine: Whose executor container: own (ours) or operator (the one that the operator injects).
        strategy: How a new version takes over: rolling (in the place of the one before), canary (it answers a
            share of the requests) or shadow (it is asked and not heard); the last two need a mesh.
        traffic: The percentage of the requests that a canary answers.
    """
    retrieved = place(
        retrieve_features(as_of=as_of, validation_months=validation_months, test_months=test_months)
    )
    instant, contract = retrieved.outputs["as_of"], retrieved.outputs["contract"]
    frames = {name: retrieved.outputs[name] for name in ("train_frame", "validation_frame", "test_frame")}
    trained = place(
        train(
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            seed=seed,
            device=device,
            train_frame=frames["train_frame"],
            validation_frame=frames["validation_frame"],
            contract=contract,
        ),
        accelerators=accelerators,
    )
    network = trained.outputs["network"]
    fitted = place(fit_detectors(seed=seed, network=network, **frames))
    validated = place(
        validate(
            as_of=instant,
            deployment_name=deployment_name,
            namespace=namespace,
            target=target,
            seed=seed,
            contract=contract,
            network=network,
            detectors=fitted.outputs["detectors"],
            **frames,
        )
    )
    with dsl.If(validated.outputs["promoted"] == True, name="promoted"):  # noqa: E712 — KFP compiles the comparison
        place(
            publish(
                deployment_name=deployment_name,
                namespace=namespace,
                target=target,
                serving_image=serving_image,
                executor_image=executor_image,
                replicas=replicas,
                engine=engine,
                strategy=strategy,
                traffic=traffic,
                model=validated.outputs["model"],
            )
        )
