"""From raw tables to an online store, as of an instant."""

from kfp import dsl

from components.build_features.component import build_features
from components.ingest.component import ingest
from components.materialize.component import materialize
from components.validate_data.component import validate_data
from pipelines.placement import place


@dsl.pipeline(name="features", display_name="Features")
def features(as_of: str = "") -> None:
    """Ingests what was known at an instant, checks it, builds the feature tables and fills the online store.

    Args:
        as_of: The instant to stand at: a date (midnight in New York) or an ISO 8601 instant with its
            offset; empty for now.
    """
    ingested = place(ingest(as_of=as_of))
    tables, instant = ingested.outputs["tables"], ingested.outputs["as_of"]
    checked = place(validate_data(tables=tables))
    built = place(build_features(as_of=instant, tables=tables)).after(checked)
    place(materialize(as_of=instant, feature_tables=built.outputs["feature_tables"]))
