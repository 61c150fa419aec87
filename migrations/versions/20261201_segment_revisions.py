"""States of customers by revision instead of by run: a row per change of a customer, not per run and customer."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

SQL = Path(__file__).resolve().parents[1] / "sql"
LARGE = (
    "autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.05"
)


def upgrade() -> None:
    _create_revisions()
    _move_former_tables()
    _create_states()
    for statement in (SQL / "0009_segment_revisions.sql").read_text(encoding="utf-8").split(";\n"):
        op.execute(statement)
    _finish_current_run()
    for table in ("customer_segment_former", "customer_segment_history_former", "publication_log"):
        op.drop_table(table, schema="segments")


def downgrade() -> None:
    raise NotImplementedError("version 0009 holds what version 0008 has no columns for; restore a backup instead")


def _create_revisions() -> None:
    op.create_table(
        "revision",
        sa.Column("revision", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("scored_as_of", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('published', 'rescored', 'assigned')", name=op.f("revision_kind_check")),
        sa.ForeignKeyConstraint(["run_id"], ["segments.model.run_id"], name=op.f("revision_run_id_fkey")),
        sa.PrimaryKeyConstraint("revision", name=op.f("revision_pkey")),
        schema="segments",
        comment=(
            "One row per readable state of all customers, in order: a published run (published), and for each later "
            "day of that run, a rescore of all customers (rescored) or the assignment of customers with new sales "
            "(assigned). scored_as_of: day for which all customers were scored last. The newest row changes until the "
            "next is added."
        ),
    )
    op.create_index(op.f("revision_run_id_revision_ix"), "revision", ["run_id", "revision"], schema="segments")


def _move_former_tables() -> None:
    """Rename the tables, and drop their indexes, whose names the new tables take."""
    for table in ("customer_segment", "customer_segment_history"):
        op.drop_constraint(f"{table}_pkey", table, schema="segments")
        op.rename_table(table, f"{table}_former", schema="segments")
    op.execute(
        """
        do $$
        declare former text;
        begin
            for former in
                select indexname from pg_indexes where schemaname = 'segments' and tablename like '%\\_former'
            loop
                execute format('drop index segments.%I', former);
            end loop;
        end $$
        """
    )


def _state() -> list[sa.Column[object]]:
    return [
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("first_invoice_date", sa.Date(), nullable=False),
        sa.Column("last_invoice_date", sa.Date(), nullable=False),
        sa.Column("frequency", sa.Integer(), nullable=False),
        sa.Column("monetary", sa.Numeric(24, 2), nullable=False),
        sa.Column("returned", sa.Numeric(24, 2), server_default="0", nullable=False),
        sa.Column("country", sa.Text()),
        sa.Column("cluster", sa.SmallInteger(), nullable=False),
        sa.Column("kmeans", sa.Text(collation="C"), nullable=False),
        sa.Column("rules", sa.Text(collation="C"), nullable=False),
        sa.Column("kmeans_since", sa.Date(), nullable=False),
        sa.Column("rules_since", sa.Date(), nullable=False),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("statement_timestamp()"), nullable=False
        ),
    ]


def _create_states() -> None:
    op.create_table(
        "customer_segment",
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        *_state(),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("customer_segment_pkey")),
        schema="segments",
        comment=(
            "One row per customer of the current run, unchanged since the revision: the features, the cluster, the slug "
            "of the segment in each scheme (kmeans, rules), and the day since which the customer has been in it. as_of: "
            "day of the assignment; recency is not stored: days from last_invoice_date to as_of, or to the day for which "
            "all customers were scored last, if that is later. updated_at: when features, the country or a segment last "
            "changed."
        ),
    )
    op.create_table(
        "customer_segment_history",
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until_revision", sa.BigInteger(), nullable=False),
        *_state(),
        sa.CheckConstraint("until_revision > revision", name=op.f("customer_segment_history_until_revision_check")),
        sa.PrimaryKeyConstraint("customer_id", "revision", name=op.f("customer_segment_history_pkey")),
        schema="segments",
        comment=(
            "One row per customer and first revision of a state that a later revision replaced or ended; it is valid "
            "from revision to the revision before until_revision."
        ),
    )
    op.execute(f"alter table segments.customer_segment set ({LARGE}, fillfactor = 90)")
    op.execute(f"alter table segments.customer_segment_history set ({LARGE})")


def _finish_current_run() -> None:
    op.create_index(
        op.f("customer_segment_kmeans_customer_id_ix"), "customer_segment", ["kmeans", "customer_id"], schema="segments"
    )
    op.create_index(
        op.f("customer_segment_rules_customer_id_ix"), "customer_segment", ["rules", "customer_id"], schema="segments"
    )
    op.create_index(
        op.f("customer_segment_history_until_revision_customer_id_ix"),
        "customer_segment_history",
        ["until_revision", "customer_id"],
        schema="segments",
    )
    op.alter_column("current_run", "revision", nullable=False, schema="segments")
    op.create_foreign_key(
        op.f("current_run_revision_fkey"),
        "current_run",
        "revision",
        ["revision"],
        ["revision"],
        source_schema="segments",
        referent_schema="segments",
    )
    op.execute(
        "comment on table segments.current_run is 'One row: the published run that readers see, and the newest revision "
        "of its customers. as_of: day for which all customers were scored last. updated_at is set by each transaction that "
        "writes states of customers, before its commit and under one lock: later states have a later updated_at.'"
    )
