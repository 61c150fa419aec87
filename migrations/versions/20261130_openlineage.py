"""Outbox of OpenLineage events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "openlineage_event",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("moment", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("event_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text())),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text()),
        sa.CheckConstraint("moment in ('start', 'end')", name=op.f("openlineage_event_moment_check")),
        sa.CheckConstraint("type in ('START', 'COMPLETE', 'FAIL', 'ABORT')", name=op.f("openlineage_event_type_check")),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["pipeline.job_run.run_id"],
            name=op.f("openlineage_event_run_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "moment", name=op.f("openlineage_event_pkey")),
        schema="pipeline",
        comment=(
            "One row per run and moment (start, end) with an OpenLineage event. body: the event, without ids of customers; "
            "null once it is sent. error: answer of a receiver that refused the event for its content; such an event is "
            "not sent again. Rows are deleted with their runs."
        ),
    )
    op.create_index(
        "ix_openlineage_event_unsent",
        "openlineage_event",
        ["event_time"],
        unique=False,
        schema="pipeline",
        postgresql_where=sa.text("body is not null and sent_at is null and error is null"),
    )
    op.create_table(
        "openlineage_delivery",
        sa.Column("singleton", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("failed_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("singleton", name=op.f("openlineage_delivery_singleton_check")),
        sa.PrimaryKeyConstraint("singleton", name=op.f("openlineage_delivery_pkey")),
        schema="pipeline",
        comment=(
            "One row once OpenLineage events are switched on. since: runs that started before have no events; failures: "
            "failed attempts in a row, with the error and the time of the latest; 0 and null after a success."
        ),
    )


def downgrade() -> None:
    raise NotImplementedError("version 0006 holds what version 0005 has no columns for; restore a backup instead")
