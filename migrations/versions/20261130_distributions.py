"""Tables that the dashboard reads: distributions of features, and segments by day."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

SQL = Path(__file__).resolve().parents[1] / "sql"


def upgrade() -> None:
    _create_distributions()
    _create_segment_days()


def downgrade() -> None:
    raise NotImplementedError("version 0003 holds what version 0002 has no columns for; restore a backup instead")


def _create_distributions() -> None:
    quartiles = ("minimum", "q1", "median", "q3", "maximum", "whisker_low", "whisker_high")
    op.create_table(
        "distribution",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("feature", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Numeric(26, 4), nullable=False) for name in quartiles),
        sa.Column("scale", sa.Text(), nullable=False),
        sa.Column("edges", postgresql.ARRAY(sa.Numeric()), nullable=False),
        sa.Column("counts", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("below", sa.Integer(), nullable=False),
        sa.Column("above", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "kind", "name", "feature", name=op.f("distribution_pkey")),
        sa.ForeignKeyConstraint(["run_id"], ["segments.model.run_id"], name=op.f("distribution_run_id_fkey")),
        sa.CheckConstraint("kind in ('cluster', 'kmeans', 'rules')", name=op.f("distribution_kind_check")),
        sa.CheckConstraint("feature in ('recency', 'frequency', 'monetary')", name=op.f("distribution_feature_check")),
        sa.CheckConstraint("scale in ('linear', 'log')", name=op.f("distribution_scale_check")),
        schema="segments",
        comment=(
            "One row per run, cluster or segment with customers, and feature: its quartiles; the lowest and highest value "
            "within 1.5 interquartile ranges of them; and the customers in each bin of a histogram between these two. A bin "
            "includes its lower edge and excludes its upper one."
        ),
    )
    op.execute((SQL / "0003_distributions.sql").read_text(encoding="utf-8"))


def _create_segment_days() -> None:
    op.create_table(
        "segment_day",
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(collation="C"), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("revenue", sa.Numeric(24, 2), nullable=False),
        sa.PrimaryKeyConstraint("as_of", "scheme", "slug", name=op.f("segment_day_pkey")),
        sa.ForeignKeyConstraint(["run_id"], ["segments.model.run_id"], name=op.f("segment_day_run_id_fkey")),
        sa.CheckConstraint("scheme in ('kmeans', 'rules')", name=op.f("segment_day_scheme_check")),
        schema="segments",
        comment=(
            "One row per day with a publication or an assignment, scheme and segment with customers: their number and monetary "
            "value at the end of that day, by the run that was current. Rows are kept when the customers of the run are "
            "removed."
        ),
    )
    op.execute((SQL / "0003_segment_days.sql").read_text(encoding="utf-8"))
