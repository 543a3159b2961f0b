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

    from components.retrieve_features.contract import write_contract
    from components.retrieve_features.frames import chosen_set, references, split_frames, write_frame
    from components.settings import Settings
    from serving.staging import staged

    source = chosen_set(Settings.from_environment().feature_store_uri, as_of)
    frames = split_frames(source, validation_months, test_months)
    outputs = {"train": train_frame, "validation": validation_frame, "test": test_frame}
    for name, output in outputs.items():
        output.metadata.update(write_frame(frames[name], Path(output.path)))
    with staged(Path(contract.path)) as draft:
        write_contract(draft, references(source), source.registry)
    return (source.as_of.isoformat(),)
