"""Registry of models that were not published: policy, outcome, comparison, lasting clusters; jobs rescore to roll_back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

JOBS = (
    "job in ('ingest', 'retrain', 'rescore', 'promote', 'roll_back', 'replay', 'apply_contract', 'discard_quarantine', "
    "'retain', 'export', 'purge', 'check_quality', 'report')"
)
COMMENT = (
    "One row per training run: everything needed to explain and to repeat it. parent_run_id: training run from whose "
    "curve (centroids for each k) its fits began; champion_run_id: run that was current; outcome, reasons, comparison: "
    "whether and why it was published, and how it compares with the champion; policy_state: counters of the policy; "
    "cluster_ids: lasting id of each centroid; cluster_events: births, deaths, splits and merges; data_sha256: of the "
    "features; removed_at: when retention removed its customers, null while they are stored."
)


def upgrade() -> None:
    json = postgresql.JSONB()
    for column in (
        sa.Column("policy", sa.Text(), server_default="latest", nullable=False),
        sa.Column("parent_run_id", sa.Uuid()),
        sa.Column("champion_run_id", sa.Uuid()),
        sa.Column("outcome", sa.Text(), server_default="published", nullable=False),
        sa.Column("reasons", json, server_default="[]", nullable=False),
        sa.Column("comparison", json),
        sa.Column("policy_state", json, server_default="{}", nullable=False),
        sa.Column("cluster_ids", json, server_default="[]", nullable=False),
        sa.Column("cluster_events", json, server_default="[]", nullable=False),
        sa.Column("curve", json, server_default="{}", nullable=False),
        sa.Column("data_sha256", sa.Text()),
    ):
        op.add_column("model", column, schema="segments")
    for name in ("parent_run_id", "champion_run_id"):
        op.create_foreign_key(
            op.f(f"model_{name}_fkey"),
            *("model", "model", [name], ["run_id"]),
            source_schema="segments",
            referent_schema="segments",
        )
    checks = {
        "policy": "policy in ('stable', 'latest')",
        "outcome": "outcome in ('published', 'not_published', 'held', 'promoted', 'discarded')",
    }
    for name, condition in checks.items():
        op.create_check_constraint(op.f(f"model_{name}_check"), "model", condition, schema="segments")
    op.execute("update segments.model set cluster_ids = (select jsonb_agg(n) from generate_series(0, k - 1) as n)")
    op.execute(f"comment on table segments.model is '{COMMENT}'")
    op.drop_constraint(op.f("job_run_job_check"), "job_run", schema="pipeline")
    op.create_check_constraint(op.f("job_run_job_check"), "job_run", JOBS, schema="pipeline")


def downgrade() -> None:
    raise NotImplementedError("version 0010 holds what version 0009 has no columns for; restore a backup instead")
