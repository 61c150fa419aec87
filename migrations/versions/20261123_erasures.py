"""Erasures: certificates and the hashes of who was erased."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

JOBS = "job in ('ingest', 'retrain', 'replay', 'discard', 'retain', 'export', 'purge')"
JOBS_BEFORE = "job in ('ingest', 'retrain', 'replay', 'discard', 'retain', 'export')"


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("erasure_id", sa.Uuid(), nullable=False),
        sa.Column("customer_hash", sa.Text(), nullable=False),
        sa.Column("key_fingerprint", sa.Text(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("removed", postgresql.JSONB(), nullable=False),
        sa.Column("exports", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("erasure_id", name=op.f("erasure_pkey")),
        sa.UniqueConstraint("customer_hash", name=op.f("erasure_customer_hash_key")),
        schema="pipeline",
        comment=(
            "One row per customer who was erased; who it was nobody can tell without the key: customer_hash is an "
            "HMAC-SHA-256 of the id. removed: rows deleted or emptied, by table; exports: objects that had to go with "
            "him; completed_at is null until they are gone and the tables are swept."
        ),
    )
    op.create_index(op.f("erasure_erased_at_erasure_id_ix"), "erasure", ["erased_at", "erasure_id"], schema="pipeline")
    op.drop_constraint(op.f("job_run_job_check"), "job_run", schema="pipeline")
    op.create_check_constraint(op.f("job_run_job_check"), "job_run", JOBS, schema="pipeline")


def downgrade() -> None:
    op.execute("delete from pipeline.job_run where job = 'purge'")
    op.drop_constraint(op.f("job_run_job_check"), "job_run", schema="pipeline")
    op.create_check_constraint(op.f("job_run_job_check"), "job_run", JOBS_BEFORE, schema="pipeline")
    op.drop_table("erasure", schema="pipeline")
