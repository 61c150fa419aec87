"""What changed for whom, what was published when, and the states that were replaced."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

OLD_COMMENT = (
    "One row per run and customer: the features on as_of (recency in days), the cluster, and the slug of the segment "
    "that each scheme (kmeans, rules) gives."
)
COMMENT = (
    "One row per run and customer: the features on as_of (recency in days), the cluster, the slug of the segment that "
    "each scheme (kmeans, rules) gives, and the day on which the stay in it began."
)
ADDED = ("country", "first_invoice_date", "kmeans_since", "rules_since")
FILL = """
    update segments.customer_segment as s
    set
        country = (select g.country from gold.customer_rfm as g where g.customer_id = s.customer_id),
        first_invoice_date = coalesce(
            (select g.first_invoice_date from gold.customer_rfm as g where g.customer_id = s.customer_id),
            s.as_of - s.recency
        ),
        kmeans_since = s.as_of,
        rules_since = s.as_of
"""
# Every run was published in the transaction that registered it.
PUBLICATIONS = """
    insert into segments.publication (run_id, as_of, published_at)
    select run_id, as_of, trained_at
    from segments.model
    order by trained_at
"""
# What was said of days before this is not known any more: what is said now stands for them.
FRESHNESS = """
    insert into pipeline.freshness_day (day, data_through, concern)
    select first.day, f.data_through, f.concern
    from pipeline.freshness as f
    cross join (select min(as_of) as day from segments.publication) as first
    where first.day is not null
"""
# Whoever is served now has come: a reader who begins at 0 meets everybody.
CHANGES = """
    insert into segments.customer_change
        (customer_id, run_id, as_of, kind, kmeans_after, kmeans_cause, rules_after, rules_cause, cluster_after)
    select customer_id, run_id, as_of, 'first', kmeans, 'first', rules, 'first', cluster
    from segments.customer_segment
    where run_id = (select run_id from segments.published)
    order by customer_id
"""


def upgrade() -> None:
    # Of runs trained before, nobody knows what their clusters were named by.
    op.add_column(
        "model",
        sa.Column("cluster_medians", postgresql.JSONB(), server_default="{}", nullable=False),
        schema="segments",
    )
    op.add_column("customer_segment", sa.Column("country", sa.Text(), nullable=True), schema="segments")
    for name in ADDED[1:]:
        op.add_column("customer_segment", sa.Column(name, sa.Date(), nullable=True), schema="segments")
    op.execute(FILL)
    for name in ADDED[1:]:
        op.alter_column("customer_segment", name, nullable=False, schema="segments")
    op.create_table_comment("customer_segment", COMMENT, existing_comment=OLD_COMMENT, schema="segments")
    op.create_table(
        "customer_segment_past",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("recency", sa.Integer(), nullable=False),
        sa.Column("frequency", sa.Integer(), nullable=False),
        sa.Column("monetary", sa.Numeric(precision=24, scale=2), nullable=False),
        sa.Column("cluster", sa.SmallInteger(), nullable=False),
        sa.Column("kmeans", sa.Text(collation="C"), nullable=False),
        sa.Column("rules", sa.Text(collation="C"), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("first_invoice_date", sa.Date(), nullable=False),
        sa.Column("kmeans_since", sa.Date(), nullable=False),
        sa.Column("rules_since", sa.Date(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.CheckConstraint("until > as_of", name=op.f("customer_segment_past_until_check")),
        sa.ForeignKeyConstraint(["run_id"], ["segments.model.run_id"], name=op.f("customer_segment_past_run_id_fkey")),
        sa.PrimaryKeyConstraint("run_id", "customer_id", "as_of", name=op.f("customer_segment_past_pkey")),
        schema="segments",
        comment=(
            "One row per run, customer and day of a state that a later day's sales replaced or ended; it was true from "
            "as_of to the day before until."
        ),
    )
    op.create_table(
        "customer_change",
        sa.Column("change_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("kmeans_before", sa.Text(collation="C"), nullable=True),
        sa.Column("kmeans_after", sa.Text(collation="C"), nullable=True),
        sa.Column("rules_before", sa.Text(collation="C"), nullable=True),
        sa.Column("rules_after", sa.Text(collation="C"), nullable=True),
        sa.Column("kmeans_cause", sa.Text(), nullable=True),
        sa.Column("rules_cause", sa.Text(), nullable=True),
        sa.Column("cluster_before", sa.SmallInteger(), nullable=True),
        sa.Column("cluster_after", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint("kind in ('first', 'moved', 'gone')", name=op.f("customer_change_kind_check")),
        *(
            sa.CheckConstraint(
                f"{scheme}_cause in ('first', 'customer', 'model', 'both', 'gone')",
                name=op.f(f"customer_change_{scheme}_cause_check"),
            )
            for scheme in ("kmeans", "rules")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["segments.model.run_id"], name=op.f("customer_change_run_id_fkey")),
        sa.PrimaryKeyConstraint("change_id", name=op.f("customer_change_pkey")),
        schema="segments",
        comment=(
            "One row per change of a customer's segment: he came, moved in a scheme, or went. Ids are given under one "
            "lock that is held until the commit, so that their order is that of the commits; slugs and cause are null "
            "where there is none."
        ),
    )
    op.execute(CHANGES)
    op.create_index(
        op.f("customer_change_customer_id_change_id_ix"),
        "customer_change",
        ["customer_id", "change_id"],
        schema="segments",
    )
    op.create_table(
        "publication",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("publication_no", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["segments.model.run_id"], name=op.f("publication_run_id_fkey")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("publication_pkey")),
        sa.UniqueConstraint("publication_no", name=op.f("publication_publication_no_key")),
        schema="segments",
        comment="One row per run that was ever served, in the order in which they were published.",
    )
    op.execute(PUBLICATIONS)
    op.create_table(
        "freshness_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("data_through", sa.Date(), nullable=True),
        sa.Column("concern", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("freshness_day_pkey")),
        schema="pipeline",
        comment="One row per day on which freshness was noted: what it said when that day ended.",
    )
    op.execute(FRESHNESS)


def downgrade() -> None:
    op.drop_table("freshness_day", schema="pipeline")
    for table in ("publication", "customer_change", "customer_segment_past"):
        op.drop_table(table, schema="segments")
    op.create_table_comment("customer_segment", OLD_COMMENT, existing_comment=COMMENT, schema="segments")
    for name in ADDED:
        op.drop_column("customer_segment", name, schema="segments")
    op.drop_column("model", "cluster_medians", schema="segments")
