"""Exports that were written to a store."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

JOBS = "job in ('ingest', 'retrain', 'replay', 'discard', 'retain', 'export')"
JOBS_BEFORE = "job in ('ingest', 'retrain', 'replay', 'discard', 'retain')"


def upgrade() -> None:
    op.create_table(
        "export_object",
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("filters", postgresql.JSONB(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="writing", nullable=False),
        sa.Column("customers", sa.Integer(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("format in ('csv', 'ndjson', 'parquet')", name=op.f("export_object_format_check")),
        sa.CheckConstraint(
            "state in ('writing', 'written', 'failed', 'withdrawn', 'deleted')", name=op.f("export_object_state_check")
        ),
        sa.PrimaryKeyConstraint("export_id", name=op.f("export_object_pkey")),
        schema="pipeline",
        comment=(
            "One row per object that an export wrote, or began to; its id is that of the job's run, run_id the "
            "training's. It stands here before its first byte leaves: an object that is not here is not ours, and one "
            "that holds a customer can be found. Sizes and SHA-256 are null until it is whole; deleted_at is null "
            "until it is deleted."
        ),
    )
    op.create_index(
        op.f("export_object_created_at_export_id_ix"), "export_object", ["created_at", "export_id"], schema="pipeline"
    )
    op.drop_constraint(op.f("job_run_job_check"), "job_run", schema="pipeline")
    op.create_check_constraint(op.f("job_run_job_check"), "job_run", JOBS, schema="pipeline")


def downgrade() -> None:
    op.execute("delete from pipeline.job_run where job = 'export'")
    op.drop_constraint(op.f("job_run_job_check"), "job_run", schema="pipeline")
    op.create_check_constraint(op.f("job_run_job_check"), "job_run", JOBS_BEFORE, schema="pipeline")
    op.drop_table("export_object", schema="pipeline")
