"""Look-back window of training runs, and a change feed without a foreign key, whose check takes as long as the insert."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

COMMENT = (
    "One row per change of a customer''s segment: first assigned, moved in a scheme, gone, or erased. change_id is "
    "assigned under one lock that is held until the commit, so that it increases in the order of the commits. Slugs "
    "and cause are null if there is none. Rows of erased customers are redacted, not deleted, because cursors refer to "
    "them: customer_id, slugs, clusters and causes are null. run_id: of segments.model, without a foreign key, whose "
    "check takes as long as the insert."
)


MODEL_COMMENT = (
    "One row per training run: everything needed to explain and to repeat it. parent_run_id: training run from whose "
    "curve (centroids for each k) its fits began; champion_run_id: run that was current; outcome, reasons, comparison: "
    "whether and why it was published, and how it compares with the champion; policy_state: counters of the policy; "
    "cluster_ids: lasting id of each centroid; cluster_events: births, deaths, splits and merges; data_sha256: of the "
    "features; forecast: parameters of expected purchases (BG/NBD) and of their money (gamma-gamma), or the reason why "
    "there are none, and days, the days ahead of segments.customer_forecast; window_days: days up to as_of whose "
    "invoices made the features, null for all; removed_at: when retention removed its customers, null while they are "
    "stored."
)


def upgrade() -> None:
    op.add_column("model", sa.Column("window_days", sa.Integer()), schema="segments")
    op.execute(f"comment on table segments.model is '{MODEL_COMMENT}'")
    op.drop_constraint(op.f("customer_change_run_id_fkey"), "customer_change", schema="segments", type_="foreignkey")
    op.execute(f"comment on table segments.customer_change is '{COMMENT}'")


def downgrade() -> None:
    op.drop_column("model", "window_days", schema="segments")
    op.create_foreign_key(
        op.f("customer_change_run_id_fkey"),
        *("customer_change", "model", ["run_id"], ["run_id"]),
        source_schema="segments",
        referent_schema="segments",
    )
