"""Reports of training runs, and the job that computes them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

JOBS = (
    *("ingest", "retrain", "replay", "apply_contract", "discard_quarantine", "retain", "export", "purge"),
    *("check_quality", "report"),
)


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("report_pkey")),
        sa.ForeignKeyConstraint(["run_id"], ["segments.model.run_id"], name=op.f("report_run_id_fkey")),
        schema="segments",
        comment=(
            "One row per training run with a report: when it was computed, and the report as the API returns it. It has "
            "no data of single customers, and is kept when the customers of the run are removed."
        ),
    )
    op.drop_constraint(op.f("job_run_job_check"), "job_run", schema="pipeline")
    words = ", ".join(f"'{job}'" for job in JOBS)
    op.create_check_constraint(op.f("job_run_job_check"), "job_run", f"job in ({words})", schema="pipeline")


def downgrade() -> None:
    raise NotImplementedError("runs of the job report have no place in version 0008; restore a backup instead")
