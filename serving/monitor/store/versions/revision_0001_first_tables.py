"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "events",
        sa.Column("scope", sa.String(length=511), nullable=False),
        sa.Column("request_id", sa.String(length=255), nullable=False),
        sa.Column("node", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("received_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "request_id", "node", "kind"),
        comment="Every event that was taken, by its identity: what makes it count once.",
    )
    op.create_index("events_by_age", "events", ["received_at"], unique=False)
    op.create_table(
        "feedback",
        sa.Column("scope", sa.String(length=511), nullable=False),
        sa.Column("request_id", sa.String(length=255), nullable=False),
        sa.Column("node", sa.String(length=255), nullable=False),
        sa.Column("received_at", sa.Double(), nullable=False),
        sa.Column("prediction_id", sa.String(length=255), nullable=False),
        sa.Column("actuals", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "request_id", "node"),
        comment="What became of the rows of a request, which prediction_id names.",
    )
    op.create_index("feedback_by_age", "feedback", ["received_at"], unique=False)
    op.create_index("feedback_by_prediction", "feedback", ["scope", "prediction_id"], unique=False)
    op.create_table(
        "leases",
        sa.Column("scope", sa.String(length=511), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("holder", sa.String(length=255), nullable=False),
        sa.Column(
            "token", sa.BigInteger(), nullable=False, comment="One more each time that the lease is taken."
        ),
        sa.Column("expires_at", sa.Double(), nullable=False, comment="By the database's own clock."),
        sa.PrimaryKeyConstraint("scope", "name"),
        comment="Who may do what only one replica does at a time.",
    )
    op.create_table(
        "performance",
        sa.Column("scope", sa.String(length=511), nullable=False),
        sa.Column("model_version", sa.String(length=64), nullable=False),
        sa.Column("measured_at", sa.Double(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False, comment="JSON."),
        sa.PrimaryKeyConstraint("scope", "model_version"),
        comment="What the actuals say of each model version, as last measured.",
    )
    op.create_table(
        "responses",
        sa.Column("scope", sa.String(length=511), nullable=False),
        sa.Column("request_id", sa.String(length=255), nullable=False),
        sa.Column("node", sa.String(length=255), nullable=False),
        sa.Column("received_at", sa.Double(), nullable=False),
        sa.Column("probabilities", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "request_id", "node"),
        comment="The predictions of a request.",
    )
    op.create_index("responses_by_age", "responses", ["received_at"], unique=False)
    op.create_table(
        "slices",
        sa.Column("scope", sa.String(length=511), nullable=False),
        sa.Column("request_id", sa.String(length=255), nullable=False),
        sa.Column("node", sa.String(length=255), nullable=False),
        sa.Column("window_start", sa.BigInteger(), nullable=False),
        sa.Column("model_version", sa.String(length=64), nullable=False),
        sa.Column("predicted_at", sa.Double(), nullable=False),
        sa.Column("received_at", sa.Double(), nullable=False),
        sa.Column("positions", sa.LargeBinary(), nullable=False),
        sa.Column("features", sa.LargeBinary(), nullable=False),
        sa.Column("outliers", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "request_id", "node", "window_start"),
        comment="The rows of a request that fall into one window.",
    )
    op.create_index("slices_by_age", "slices", ["received_at"], unique=False)
    op.create_index(
        "slices_by_prediction", "slices", ["scope", "model_version", "predicted_at"], unique=False
    )
    op.create_index("slices_by_window", "slices", ["scope", "model_version", "window_start"], unique=False)
    op.create_table(
        "windows",
        sa.Column("scope", sa.String(length=511), nullable=False),
        sa.Column("model_version", sa.String(length=64), nullable=False),
        sa.Column("window_start", sa.BigInteger(), nullable=False),
        sa.Column("window_end", sa.BigInteger(), nullable=False),
        sa.Column(
            "rows", sa.BigInteger(), nullable=False, comment="All that were stored, late ones included."
        ),
        sa.Column("first_stored_at", sa.Double(), nullable=False),
        sa.Column("last_stored_at", sa.Double(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "state",
            sa.String(length=16),
            server_default="open",
            nullable=False,
            comment="open, judged, failed or unjudged",
        ),
        sa.Column("judged_at", sa.Double(), nullable=True),
        sa.Column(
            "closed_rows",
            sa.BigInteger(),
            nullable=True,
            comment="What was stored when it was judged; the rest came late.",
        ),
        sa.Column("judgement", sa.Text(), nullable=True, comment="JSON."),
        sa.PrimaryKeyConstraint("scope", "model_version", "window_start"),
        comment="The windows of each model version, counted as their rows are stored.",
    )
    op.create_index("windows_by_age", "windows", ["last_stored_at"], unique=False)
