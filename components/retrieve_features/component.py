"""The KFP component of this step: translates artifacts and parameters, nothing else."""

from typing import NamedTuple

from kfp import dsl

from components.images import image


@dsl.component(base_image=image("features"), install_kfp_package=False)
def retrieve_features(
    train_frame: dsl.Output[dsl.Dataset],
    validation_frame: dsl.Output[dsl.Dataset],
    test_frame: dsl.Output[dsl.Dataset],
    contract: dsl.Output[dsl.Artifact],
    as_of: str,
    validation_months: int,
    test_months: int,
) -> NamedTuple("Outputs", [("as_of", str)]):  # type: ignore[valid-type]  # How KFP names a returned value.
    """Join every labelled row with its features, point in time, and split by whole months."""
    from pathlib import Path

    from components.build_features.feature_store import feature_store
    from components.retrieve_features.contract import write_contract
    from components.retrieve_features.frames import references, split_frames, write_frame
    from components.settings import Settings
    from feature_repo.instants import parse_instant
    from serving.staging import staged

    outputs = {"train": train_frame, "validation": validation_frame, "test": test_frame}
    # Without an instant it is the newest set.
    instant = parse_instant(as_of) if as_of else None
    with feature_store(Settings.from_environment()).reading(instant) as source:
        frames = split_frames(source, validation_months, test_months)
        for name, output in outputs.items():
            output.metadata.update(write_frame(frames[name], Path(output.path)))
        with staged(Path(contract.path)) as draft:
            write_contract(draft, references(source), source.registry)
        return (source.as_of.isoformat(),)
