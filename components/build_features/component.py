"""The KFP component of this step: translates artifacts and parameters, nothing else."""

from kfp import dsl

from components.images import image


@dsl.component(base_image=image("features"), install_kfp_package=False)
def build_features(
    tables: dsl.Input[dsl.Dataset], feature_tables: dsl.Output[dsl.Dataset], as_of: str
) -> None:
    """Build the feature tables as of an instant into the feature store."""
    from pathlib import Path

    from components.build_features.building import build_set
    from components.build_features.feature_store import feature_store
    from components.settings import Settings
    from feature_repo.instants import parse_instant
    from feature_repo.typed_files import read_typed
    from serving.staging import replace_file

    instant = parse_instant(as_of)
    store = feature_store(Settings.from_environment())
    manifest = build_set(store, read_typed(Path(tables.path)), instant)
    replace_file(Path(feature_tables.path), manifest.model_dump_json(indent=2) + "\n")
    feature_tables.metadata["location"] = store.location(instant)
    feature_tables.metadata["rows"] = {name: file.rows for name, file in manifest.tables.items()}
