"""Forecasts of customers: expected purchases and spend, probability of a purchase, day of the next order."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

COMMENTS = {
    "model": (
        "One row per training run: everything needed to explain and to repeat it. parent_run_id: training run from "
        "whose curve (centroids for each k) its fits began; champion_run_id: run that was current; outcome, reasons, "
        "comparison: whether and why it was published, and how it compares with the champion; policy_state: counters "
        "of the policy; cluster_ids: lasting id of each centroid; cluster_events: births, deaths, splits and merges; "
        "data_sha256: of the features; forecast: parameters of expected purchases (BG/NBD) and of their money "
        "(gamma-gamma), or the reason why there are none, and days, the days ahead of segments.customer_forecast; "
        "removed_at: when retention removed its customers, null while they are stored."
    ),
    "segment_summary": (
        "One row per run, scheme and segment of the segment table at publication; position: order in the table; the "
        "means and medians are null if a segment has no customers, and so is earned_share: the share, 0 to 1, of its "
        "customers who earn its name by their own features; clv: expected spend of its customers, null for "
        "superseded runs and without a forecast."
    ),
    "segment_day": (
        "One row per day with a publication or an assignment, scheme and segment with customers: their number, "
        "monetary value and expected spend (clv) at the end of that day, by the run that was current. Rows are kept "
        "when the customers of the run are removed."
    ),
}

# Every night nearly all rows are updated, none of them in an indexed column: with half of each page free, the new row is on the
# page of the old one, whose space is reused without a vacuum.
STORAGE = (
    "fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, "
    "autovacuum_analyze_scale_factor = 0.05"
)


def upgrade() -> None:
    op.add_column("model", sa.Column("forecast", postgresql.JSONB()), schema="segments")
    for table in ("segment_summary", "segment_day"):
        op.add_column(table, sa.Column("clv", sa.Numeric(24, 2)), schema="segments")
    for table, comment in COMMENTS.items():
        op.execute(f"comment on table segments.{table} is '{comment}'")
    op.create_table(
        "customer_forecast",
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("expected_purchases", sa.Double(), nullable=False),
        sa.Column("clv", sa.Numeric(24, 2), nullable=False),
        sa.Column("p_buys", sa.Double(), nullable=False),
        sa.Column("p_alive", sa.Double()),
        sa.Column("next_order", sa.Date()),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("customer_forecast_pkey")),
        schema="segments",
        comment=(
            "One row per customer of the current run, if its model has a forecast: expected purchases, expected spend "
            "(clv) and probability of a purchase (p_buys) in the next days after the customer's as_of; p_alive: "
            "probability that the customer still buys, null if the model has too little dropout to show it; "
            "next_order: day by which the next order has happened with probability 1/2, null without one in ten years."
        ),
    )
    op.execute(f"alter table segments.customer_forecast set ({STORAGE})")


def downgrade() -> None:
    op.drop_table("customer_forecast", schema="segments")
    for table in ("segment_day", "segment_summary"):
        op.drop_column(table, "clv", schema="segments")
    op.drop_column("model", "forecast", schema="segments")
