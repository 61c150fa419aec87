"""What runs take with them and leave behind, the lease, the gate before publishing."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

JOBS = "job in ('ingest', 'retrain', 'replay', 'discard', 'retain')"
ERROR_KINDS = "error_kind in ('infrastructure', 'data', 'configuration', 'program')"
STATUSES = "status in ('open', 'replayed', 'discarded')"
FRESHNESS = "The one row that says how far the sales go (latest invoice date in silver) and what is wrong with them; "
COMMENTS = (
    FRESHNESS + "concern is null where nothing is.",
    FRESHNESS + "concern is null where nothing is, gate where a training would be published.",
)


def upgrade() -> None:
    op.add_column("freshness", sa.Column("gate", sa.Text(), nullable=True), schema="pipeline")
    op.create_table_comment("freshness", COMMENTS[1], existing_comment=COMMENTS[0], schema="pipeline")
    op.add_column(
        "job_run",
        sa.Column("parameters", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        schema="pipeline",
    )
    op.add_column("job_run", sa.Column("error_kind", sa.Text(), nullable=True), schema="pipeline")
    op.add_column(
        "job_run", sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True), schema="pipeline"
    )
    op.drop_constraint(op.f("job_run_job_check"), "job_run", schema="pipeline")
    op.create_check_constraint(op.f("job_run_job_check"), "job_run", JOBS, schema="pipeline")
    op.create_check_constraint(op.f("job_run_error_kind_check"), "job_run", ERROR_KINDS, schema="pipeline")
    op.create_table(
        "run_step",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("step_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "logged_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "step_no", name=op.f("run_step_pkey")),
        schema="pipeline",
        comment="One row per step that a run took, in the order in which it took them; kept when the run is rolled back.",
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("acquired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("lease_pkey")),
        schema="pipeline",
        comment=(
            "One row per thing that one process does at a time: leading, or a job. epoch grows with every change of "
            "hands; holder is null where it was given back; times are the database's."
        ),
    )
    op.create_check_constraint(op.f("quarantine_status_check"), "quarantine", STATUSES, schema="silver")


def downgrade() -> None:
    op.drop_constraint(op.f("quarantine_status_check"), "quarantine", schema="silver")
    op.drop_table("lease", schema="pipeline")
    op.drop_table("run_step", schema="pipeline")
    op.execute("delete from pipeline.job_run where job not in ('ingest', 'retrain')")
    op.drop_constraint(op.f("job_run_error_kind_check"), "job_run", schema="pipeline")
    op.drop_constraint(op.f("job_run_job_check"), "job_run", schema="pipeline")
    op.create_check_constraint(op.f("job_run_job_check"), "job_run", "job in ('ingest', 'retrain')", schema="pipeline")
    for column in ("cancel_requested_at", "error_kind", "parameters"):
        op.drop_column("job_run", column, schema="pipeline")
    op.create_table_comment("freshness", COMMENTS[0], existing_comment=COMMENTS[1], schema="pipeline")
    op.drop_column("freshness", "gate", schema="pipeline")
