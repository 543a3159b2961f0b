"""The KFP component of this step: translates artifacts and parameters, nothing else."""

from kfp import dsl

from components.images import image


@dsl.component(base_image=image("features"), install_kfp_package=False)
def materialize(feature_tables: dsl.Input[dsl.Dataset], store: dsl.Output[dsl.Artifact], as_of: str) -> None:
    """Fill the online store with what is known at an instant."""
    import json
    from pathlib import Path

    from components.build_features.feature_set import Manifest
    from components.build_features.feature_store import feature_store
    from components.materialize.materialization import materialize_set
    from components.settings import Settings
    from feature_repo.instants import parse_instant
    from serving.online_location import online_location
    from serving.staging import replace_file

    settings = Settings.from_environment()
    manifest = Manifest.model_validate_json(Path(feature_tables.path).read_text(encoding="utf-8"))
    with feature_store(settings).reading(manifest.as_of) as source:
        views = materialize_set(source, online_location(settings.online_store), parse_instant(as_of))
    store.metadata["as_of"] = as_of
    store.metadata["keys"] = {name: view.keys for name, view in views.items()}
    store.metadata["newest"] = {name: str(view.newest) for name, view in views.items()}
    replace_file(Path(store.path), json.dumps(store.metadata, indent=2) + "\n")
