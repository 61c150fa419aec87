"""Tables that the dashboard reads: distributions of features, segments by day, and sums of sales and cohorts."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

SQL = Path(__file__).resolve().parents[1] / "sql"
INVOICE_COMMENT = (
    "One row per active file, customer, invoice and date. amount: money of its sales minus returned; returned: money of "
    "subtracted returns and cancellations; country: of the sales, or of the returns of an invoice without a sale; is_sale: "
    "whether a line is a sale; is_counted: false for an invoice that counts from a newer file. Where invoices count once, "
    "each invoice of a file also has a row without a customer (an empty id). With it a file is added or removed at the "
    "cost of that file, whatever the length of the history."
)
FILL_COUNTRIES = """
    update gold.customer_invoice as i
    set country = s.country
    from (
        select file_id, customer_id, invoice_no, invoice_date, max(country collate "C") as country
        from silver.sales_row
        where customer_id is not null and effect = -1
        group by file_id, customer_id, invoice_no, invoice_date
    ) as s
    where
        s.file_id = i.file_id and s.customer_id = i.customer_id and s.invoice_no = i.invoice_no
        and s.invoice_date = i.invoice_date and not i.is_sale
"""
FILL_UNCOUNTED = """
    insert into gold.uncounted_sales (file_id, invoice_date, country, rows, revenue)
    select s.file_id, s.invoice_date, s.country, count(*), sum(s.total_price)
    from silver.sales_row as s
    where
        s.effect >= 0
        and (s.customer_id is null or s.effect = 0)
        and (s.is_cancellation or s.total_price < 0 or s.quantity < 0) is not true
        and not exists (
            select
            from gold.customer_invoice as i
            where i.file_id = s.file_id and i.customer_id = '' and i.invoice_no = s.invoice_no and not i.is_counted
        )
    group by s.file_id, s.invoice_date, s.country
"""
FILL_PERIODS = """
    with invoices as materialized (
        select
            k.period,
            cast(date_trunc(k.period, cast(i.invoice_date as timestamp)) as date) as period_start,
            i.customer_id,
            nullif(i.country, '') as country,
            i.invoice_no,
            sum(i.amount) as amount,
            bool_or(i.is_sale) as is_sale
        from gold.customer_invoice as i
        cross join (values ('day'), ('week'), ('month')) as k (period)
        where i.is_counted
        group by 1, 2, 3, 4, 5
    ),
    customers as materialized (
        select c.*, r.first_invoice_date
        from (
            select
                period, period_start, customer_id, country, sum(amount) as revenue,
                count(*) filter (where is_sale) as orders
            from invoices
            group by period, period_start, customer_id, country
            union all
            select
                period, period_start, customer_id, '', sum(amount), count(distinct invoice_no) filter (where is_sale)
            from invoices
            group by period, period_start, customer_id
        ) as c
        inner join gold.customer_rfm as r on r.customer_id = c.customer_id
    ),
    cohorts as (
        insert into gold.cohort_month (cohort, month, customers, revenue)
        select
            cast(date_trunc('month', cast(first_invoice_date as timestamp)) as date),
            period_start,
            count(*) filter (where orders > 0),
            sum(revenue)
        from customers
        where period = 'month' and country = ''
        group by 1, 2
        having count(*) filter (where orders > 0) > 0 or sum(revenue) <> 0
    )
    insert into gold.sales_period (period, period_start, country, revenue, orders, customers, new_customers)
    select
        period,
        period_start,
        country,
        sum(revenue),
        sum(orders),
        count(*) filter (where orders > 0),
        count(*) filter (where orders > 0 and first_invoice_date >= period_start)
    from customers
    group by period, period_start, country
    having count(*) filter (where orders > 0) > 0 or sum(revenue) <> 0
"""
FILL_SUMS = (FILL_COUNTRIES, FILL_UNCOUNTED, FILL_PERIODS)


def upgrade() -> None:
    _create_distributions()
    _create_segment_days()
    op.create_index(op.f("customer_invoice_invoice_date_ix"), "customer_invoice", ["invoice_date"], schema="gold")
    op.execute(f"comment on table gold.customer_invoice is '{INVOICE_COMMENT}'")
    _create_periods()
    _create_cohorts()
    _create_uncounted()
    op.execute("set local work_mem = '64MB'")  # the sums of years of sales would be sorted on disk
    for statement in FILL_SUMS:
        op.execute(statement)


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


def _create_periods() -> None:
    op.create_table(
        "sales_period",
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("country", sa.Text(collation="C")),
        sa.Column("revenue", sa.Numeric(40, 2), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("new_customers", sa.Integer(), nullable=False),
        sa.CheckConstraint("period in ('day', 'week', 'month')", name=op.f("sales_period_period_check")),
        sa.UniqueConstraint(
            "period",
            "period_start",
            "country",
            name=op.f("sales_period_period_period_start_country_key"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="gold",
        comment=(
            "One row per period (day, week or month with sales or returns that count), its first day (of a week: "
            "Monday) and country; an empty country is all countries together, null a sale without a country. revenue: "
            "money of sales minus returns of the customers in customer_rfm, so that all periods of one kind add up to "
            "their monetary; orders: distinct invoices of sales; customers: distinct customers of these; "
            "new_customers: those whose first sale is in the period. Refreshed with customer_rfm."
        ),
    )


def _create_cohorts() -> None:
    op.create_table(
        "cohort_month",
        sa.Column("cohort", sa.Date(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("revenue", sa.Numeric(40, 2), nullable=False),
        sa.PrimaryKeyConstraint("cohort", "month", name=op.f("cohort_month_pkey")),
        schema="gold",
        comment=(
            "One row per cohort (customers whose first sale is in the same month; its first day) and month with sales "
            "or returns of theirs that count. customers: distinct customers with a sale in the month; revenue: money "
            "of sales minus returns. Returns may be earlier than the first sale. Refreshed with customer_rfm."
        ),
    )


def _create_uncounted() -> None:
    op.create_table(
        "uncounted_sales",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_date", sa.Date(), nullable=False),
        sa.Column("country", sa.Text(collation="C")),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("revenue", sa.Numeric(40, 2), nullable=False),
        sa.UniqueConstraint(
            "file_id",
            "invoice_date",
            "country",
            name=op.f("uncounted_sales_file_id_invoice_date_country_key"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="gold",
        comment=(
            "One row per active file, invoice date and country: rows and money of its sales in silver that count "
            "towards no customer, because they have none or do not meet countsWhen. Returns are not included, nor "
            "sales of invoices that count from a newer file."
        ),
    )
