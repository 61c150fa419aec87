"""Share of the customers of a segment who earn its name, and profiles of clusters."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

COMMENTS = {
    "cluster_summary": (
        "One row per run and cluster: the number of its customers, and the mean and median of their features; profile: "
        "the medians in words, as multiples of the medians of all customers in the training run."
    ),
    "segment_summary": (
        "One row per run, scheme and segment of the segment table at publication; position: order in the table; the "
        "means and medians are null if a segment has no customers, and so is earned_share: the share, 0 to 1, of its "
        "customers who earn its name by their own features."
    ),
}


def upgrade() -> None:
    op.add_column("cluster_summary", sa.Column("profile", sa.Text()), schema="segments")
    op.add_column("segment_summary", sa.Column("earned_share", sa.Double()), schema="segments")
    for table, comment in COMMENTS.items():
        op.execute(f"comment on table segments.{table} is '{comment}'")


def downgrade() -> None:
    for table, column in (("cluster_summary", "profile"), ("segment_summary", "earned_share")):
        op.drop_column(table, column, schema="segments")
