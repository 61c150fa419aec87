"""Autovacuum of busy tables, and denser indexes of bronze and silver."""

from alembic import op

revision = "0007"
down_revision = "0006"

# Rows of all customers are deleted or replaced every night: the space of dead rows is to be free before the next night,
# not after a fifth of the table.
LARGE = (
    *("segments.customer_segment", "segments.customer_segment_history", "gold.customer_rfm", "gold.customer_invoice"),
    *("gold.sales_period", "webhooks.webhook_delivery", "webhooks.webhook_event"),
)
# Few rows that are updated every few seconds.
SMALL = ("pipeline.job_run", "pipeline.lease", "access.rate_window")
# Rows are inserted in the order of these keys, and their keys never change.
ASCENDING = ("bronze.sales_row_pkey", "silver.sales_row_pkey")
SETTINGS_OF_LARGE = (
    "autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.05"
)
SETTINGS_OF_SMALL = "autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, fillfactor = 70"


def upgrade() -> None:
    for table in LARGE:
        op.execute(f"alter table {table} set ({SETTINGS_OF_LARGE})")
    for table in SMALL:
        op.execute(f"alter table {table} set ({SETTINGS_OF_SMALL})")
    for index in ASCENDING:
        op.execute(f"alter index {index} set (fillfactor = 100)")


def downgrade() -> None:
    for name in (*LARGE, *SMALL):
        op.execute(
            f"alter table {name} reset (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, "
            "autovacuum_analyze_scale_factor, fillfactor)"
        )
    for index in ASCENDING:
        op.execute(f"alter index {index} reset (fillfactor)")
