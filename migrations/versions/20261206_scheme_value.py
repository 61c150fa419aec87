"""Scheme value: segments and changes in it, and the edges between its bands."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"

SCHEMES = "scheme in ('kmeans', 'rules', 'rfm', 'value')"
CAUSES = "value_cause in ('first', 'customer', 'model', 'both', 'gone', 'erased')"
JOBS = (
    "job in ('ingest', 'retrain', 'rescore', 'promote', 'roll_back', 'refit_value', 'replay', 'apply_contract', "
    "'discard_quarantine', 'retain', 'export', 'purge', 'check_quality', 'report')"
)
STATE_COMMENT = (
    "One row per customer of the current run, unchanged since the revision: the features, the cluster, the slug of the "
    "segment in each scheme, and the day since which the customer has been in it; null in a scheme that was added after "
    "the assignment, and in value without a forecast. as_of: day of the assignment; recency is not stored: days from "
    "last_invoice_date to as_of, or to the day for which all customers were scored last, if that is later. updated_at: "
    "when features, the country or a segment last changed."
)
EDGES_COMMENT = (
    "One row per fit of the edges between value bands; the newest are used. edges: ascending, in currency units; "
    "revision: first one assigned by them; run_id, as_of, customers: model, day and customers of the forecasts on "
    "which they were measured; days: days ahead of these forecasts; cause: first (there were none), horizon (the days "
    "ahead were changed), refit (a person requested it)."
)


def upgrade() -> None:
    op.execute("set local lock_timeout = '10s'")
    op.create_table(
        "value_edges",
        sa.Column("edges_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("edges", postgresql.ARRAY(sa.Numeric(24, 2)), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("edges_id", name=op.f("value_edges_pkey")),
        sa.ForeignKeyConstraint(["run_id"], ["segments.model.run_id"], name=op.f("value_edges_run_id_fkey")),
        sa.CheckConstraint("cause in ('first', 'horizon', 'refit')", name=op.f("value_edges_cause_check")),
        schema="segments",
        comment=EDGES_COMMENT,
    )
    for table in ("customer_segment", "customer_segment_history"):
        op.add_column(table, sa.Column("value", sa.Text(collation="C")), schema="segments")
        op.add_column(table, sa.Column("value_since", sa.Date()), schema="segments")
    op.add_column("stale_summary", sa.Column("value", sa.Text(collation="C")), schema="segments")
    for name, kind in (("before", sa.Text(collation="C")), ("after", sa.Text(collation="C")), ("cause", sa.Text())):
        op.add_column("customer_change", sa.Column(f"value_{name}", kind), schema="segments")
    op.create_index(
        op.f("customer_segment_value_customer_id_ix"), "customer_segment", ["value", "customer_id"], schema="segments"
    )
    _replace_checks()
    op.execute(f"comment on table segments.customer_segment is '{STATE_COMMENT}'")


def _replace_checks() -> None:
    kinds = "kind in ('cluster', 'kmeans', 'rules', 'rfm', 'value')"
    redacted = "(customer_id is null) = (coalesce(kmeans_cause, rules_cause, rfm_cause, value_cause) is null)"
    for schema, table, name, condition in (
        ("segments", "segment_summary", "scheme", SCHEMES),
        ("segments", "segment_day", "scheme", SCHEMES),
        ("segments", "distribution", "kind", kinds),
        ("segments", "customer_change", "redacted", redacted),
        ("webhooks", "webhook_endpoint", "scheme", SCHEMES),
        ("pipeline", "job_run", "job", JOBS),
    ):
        op.drop_constraint(op.f(f"{table}_{name}_check"), table, schema=schema)
        op.create_check_constraint(op.f(f"{table}_{name}_check"), table, condition, schema=schema)
    op.create_check_constraint(op.f("customer_change_value_cause_check"), "customer_change", CAUSES, schema="segments")


def downgrade() -> None:
    raise NotImplementedError("version 0015 holds what version 0014 has no columns for; restore a backup instead")
