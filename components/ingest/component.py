"""The KFP component of this step: translates artifacts and parameters, nothing else."""

from typing import NamedTuple

from kfp import dsl

from components.images import image


@dsl.component(base_image=image("features"), install_kfp_package=False)
def ingest(tables: dsl.Output[dsl.Dataset], as_of: str) -> NamedTuple("Outputs", [("as_of", str)]):  # type: ignore[valid-type]  # How KFP names a returned value.
    """Write the typed tables as they are known at `as_of`, or now where that is empty."""
    from datetime import UTC, datetime
    from pathlib import Path

    from components.ingest.ingestion import ingest_tables, resolve_as_of
    from components.ingest.packaged import packaged_directory

    instant = resolve_as_of(as_of, datetime.now(UTC))
    ingest_tables(packaged_directory(), Path(tables.path), instant)
    tables.metadata["as_of"] = instant.isoformat()
    return (instant.isoformat(),)
