"""The tables of the store.

Instants are seconds since 1970, UTC. `scope` is the deployment that a row is of, so that several may share
a database. Arrays are bytes, as `serving.monitor.records` has them.

Two versions of the monitor share the store while a roll-out lasts. So a migration only ever adds: tables,
and columns that may be null or have a default in the database; and code names the columns that it knows.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

NAME = String(255)
SCOPE = String(511)
VERSION = String(64)

events = Table(
    "events",
    metadata,
    Column("scope", SCOPE, primary_key=True),
    Column("request_id", NAME, primary_key=True),
    Column("node", NAME, primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("received_at", Double, nullable=False),
    Index("events_by_age", "received_at"),
    comment="Every event that was taken, by its identity: what makes it count once.",
)

slices = Table(
    "slices",
    metadata,
    Column("scope", SCOPE, primary_key=True),
    Column("request_id", NAME, primary_key=True),
    Column("node", NAME, primary_key=True),
    Column("window_start", BigInteger, primary_key=True),
    Column("model_version", VERSION, nullable=False),
    Column("predicted_at", Double, nullable=False),
    Column("received_at", Double, nullable=False),
    Column("positions", LargeBinary, nullable=False),
    Column("features", LargeBinary, nullable=False),
    Column("outliers", LargeBinary, nullable=False),
    Index("slices_by_window", "scope", "model_version", "window_start"),
    Index("slices_by_prediction", "scope", "model_version", "predicted_at"),
    Index("slices_by_age", "received_at"),
    comment="The rows of a request that fall into one window.",
)

responses = Table(
    "responses",
    metadata,
    Column("scope", SCOPE, primary_key=True),
    Column("request_id", NAME, primary_key=True),
    Column("node", NAME, primary_key=True),
    Column("received_at", Double, nullable=False),
    Column("probabilities", LargeBinary, nullable=False),
    Index("responses_by_age", "received_at"),
    comment="The predictions of a request.",
)

feedback = Table(
    "feedback",
    metadata,
    Column("scope", SCOPE, primary_key=True),
    Column("request_id", NAME, primary_key=True),
    Column("node", NAME, primary_key=True),
    Column("received_at", Double, nullable=False),
    Column("prediction_id", NAME, nullable=False),
    Column("actuals", LargeBinary, nullable=False),
    Index("feedback_by_prediction", "scope", "prediction_id"),
    Index("feedback_by_age", "received_at"),
    comment="What became of the rows of a request, which prediction_id names.",
)

windows = Table(
    "windows",
    metadata,
    Column("scope", SCOPE, primary_key=True),
    Column("model_version", VERSION, primary_key=True),
    Column("window_start", BigInteger, primary_key=True),
    Column("window_end", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False, comment="All that were stored, late ones included."),
    Column("first_stored_at", Double, nullable=False),
    Column("last_stored_at", Double, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column(
        "state", String(16), nullable=False, server_default="open", comment="open, judged, failed or unjudged"
    ),
    Column("judged_at", Double),
    Column("closed_rows", BigInteger, comment="What was stored when it was judged; the rest came late."),
    Column("judgement", Text, comment="JSON."),
    Index("windows_by_age", "last_stored_at"),
    comment="The windows of each model version, counted as their rows are stored.",
)

leases = Table(
    "leases",
    metadata,
    Column("scope", SCOPE, primary_key=True),
    Column("name", NAME, primary_key=True),
    Column("holder", NAME, nullable=False),
    Column("token", BigInteger, nullable=False, comment="One more each time that the lease is taken."),
    Column("expires_at", Double, nullable=False, comment="By the database's own clock."),
    comment="Who may do what only one replica does at a time.",
)

performance = Table(
    "performance",
    metadata,
    Column("scope", SCOPE, primary_key=True),
    Column("model_version", VERSION, primary_key=True),
    Column("measured_at", Double, nullable=False),
    Column("document", Text, nullable=False, comment="JSON."),
    comment="What the actuals say of each model version, as last measured.",
)
