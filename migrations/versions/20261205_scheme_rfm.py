"""Scheme rfm: segments and changes in it, and the cut points of the scores of each run."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"

SCHEMES = "scheme in ('kmeans', 'rules', 'rfm')"
CAUSES = "rfm_cause in ('first', 'customer', 'model', 'both', 'gone', 'erased')"
STATE_COMMENT = (
    "One row per customer of the current run, unchanged since the revision: the features, the cluster, the slug of the "
    "segment in each scheme, and the day since which the customer has been in it; null in a scheme that was added after "
    "the assignment. as_of: day of the assignment; recency is not stored: days from last_invoice_date to as_of, or to "
    "the day for which all customers were scored last, if that is later. updated_at: when features, the country or a "
    "segment last changed."
)
MODEL_COMMENT = (
    "One row per training run: everything needed to explain and to repeat it. parent_run_id: training run from whose "
    "curve (centroids for each k) its fits began; champion_run_id: run that was current; outcome, reasons, comparison: "
    "whether and why it was published, and how it compares with the champion; policy_state: counters of the policy; "
    "cluster_ids: lasting id of each centroid; cluster_events: births, deaths, splits and merges; data_sha256: of the "
    "features; forecast: parameters of expected purchases (BG/NBD) and of their money (gamma-gamma), or the reason why "
    "there are none, and days, the days ahead of segments.customer_forecast; window_days: days up to as_of whose "
    "invoices made the features, null for all; rfm_cuts: cut points between the RFM scores, by feature; removed_at: "
    "when retention removed its customers, null while they are stored."
)
CUTS = """
    update segments.model as m
    set rfm_cuts = jsonb_build_object(
        'recency', coalesce(c.recency, array_fill(coalesce(cast(m.medians ->> 'recency' as float8), 0), array[4])),
        'frequency', coalesce(c.frequency, array_fill(coalesce(cast(m.medians ->> 'frequency' as float8), 0), array[4])),
        'monetary', coalesce(c.monetary, array_fill(coalesce(cast(m.medians ->> 'monetary' as float8), 0), array[4]))
    )
    from (
        select
            percentile_cont(array[0.2, 0.4, 0.6, 0.8]) within group (
                order by cast(greatest(s.as_of, r.as_of) - s.last_invoice_date as float8)
            ) as recency,
            percentile_cont(array[0.2, 0.4, 0.6, 0.8]) within group (order by cast(s.frequency as float8)) as frequency,
            percentile_cont(array[0.2, 0.4, 0.6, 0.8]) within group (order by cast(s.monetary as float8)) as monetary
        from segments.customer_segment as s
        cross join segments.current_run as r
    ) as c
"""
"""Quintiles of the customers with segments for every run; without customers, the median of the run's customers."""


def upgrade() -> None:
    op.execute("set local lock_timeout = '10s'")
    op.add_column(
        "model",
        sa.Column("rfm_cuts", postgresql.JSONB(), server_default="{}", nullable=False),
        schema="segments",
    )
    for table in ("customer_segment", "customer_segment_history"):
        op.add_column(table, sa.Column("rfm", sa.Text(collation="C")), schema="segments")
        op.add_column(table, sa.Column("rfm_since", sa.Date()), schema="segments")
    op.add_column("stale_summary", sa.Column("rfm", sa.Text(collation="C")), schema="segments")
    for name, kind in (("before", sa.Text(collation="C")), ("after", sa.Text(collation="C")), ("cause", sa.Text())):
        op.add_column("customer_change", sa.Column(f"rfm_{name}", kind), schema="segments")
    op.create_index(
        op.f("customer_segment_rfm_customer_id_ix"), "customer_segment", ["rfm", "customer_id"], schema="segments"
    )
    _replace_checks()
    op.execute(CUTS)
    op.execute(f"comment on table segments.customer_segment is '{STATE_COMMENT}'")
    op.execute(f"comment on table segments.model is '{MODEL_COMMENT}'")


def _replace_checks() -> None:
    kinds = "kind in ('cluster', 'kmeans', 'rules', 'rfm')"
    redacted = "(customer_id is null) = (coalesce(kmeans_cause, rules_cause, rfm_cause) is null)"
    for schema, table, name, condition in (
        ("segments", "segment_summary", "scheme", SCHEMES),
        ("segments", "segment_day", "scheme", SCHEMES),
        ("segments", "distribution", "kind", kinds),
        ("segments", "customer_change", "redacted", redacted),
        ("webhooks", "webhook_endpoint", "scheme", SCHEMES),
    ):
        op.drop_constraint(op.f(f"{table}_{name}_check"), table, schema=schema)
        op.create_check_constraint(op.f(f"{table}_{name}_check"), table, condition, schema=schema)
    op.create_check_constraint(op.f("customer_change_rfm_cause_check"), "customer_change", CAUSES, schema="segments")


def downgrade() -> None:
    raise NotImplementedError("version 0014 holds what version 0013 has no columns for; restore a backup instead")
