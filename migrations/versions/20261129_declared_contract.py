"""Columns of a declared contract: totals, effect and attributes in silver, returns in gold, contracts in the ledger."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

DATES = """
    cast(extract(year from r.invoice_date) as smallint) as year,
    cast(extract(month from r.invoice_date) as smallint) as month,
    cast(extract(dow from r.invoice_date) + 1 as smallint) as day_of_week
"""
LEDGER = """
    (
        select coalesce(s.location, '') || f.key
        from pipeline.source_file as f
        left join pipeline.source as s on s.name = f.source
        where f.id = r.file_id
    ) as source_file,
    (select f.received_at from pipeline.source_file as f where f.id = r.file_id) as ingestion_timestamp,
    (
        select cast(f.received_at at time zone 'UTC' as date)
        from pipeline.source_file as f
        where f.id = r.file_id
    ) as processing_date
"""
VIEWS = {
    "bronze.retail_transactions": (
        """
        select
            r.file_id, r.line_no, r.invoice, r.stock_code, r.description, r.quantity, r.price, r.customer_id, r.country,
            r.invoice_date, r.line_total, r.currency, r.status, r.rescued_data,
        """
        + LEDGER
        + "from bronze.sales_row as r"
    ),
    "silver.retail_transactions": (
        """
        select
            r.file_id, r.line_no, r.invoice_no, r.stock_code, r.description, r.quantity, r.unit_price, r.customer_id,
            r.country, r.invoice_date, r.is_cancellation, r.total_price, r.effect, r.currency, r.status, r.attributes,
        """
        + DATES
        + ", r.invoice_no || '_' || coalesce(r.stock_code, '') || '_' || coalesce(r.quantity, 1) as surrogate_key,"
        + LEDGER
        + "from silver.sales_row as r"
    ),
    "quality.bronze_daily": """
        select
            p.processing_date,
            sum(p.rows) as rows,
            sum(p.money) as money,
            count(*) as files,
            (
                select count(distinct d.invoice_date)
                from quality.file_dates as d
                inner join quality.file_profile as f on f.file_id = d.file_id and f.layer = d.layer
                where d.layer = 'bronze' and f.processing_date = p.processing_date
            ) as distinct_invoice_dates,
            sum(p.null_invoices) as null_invoices,
            sum(p.null_stock_codes) as null_stock_codes,
            sum(p.null_customers) as null_customers,
            sum(p.bad_quantities) as bad_quantities,
            sum(p.bad_prices) as bad_prices,
            sum(p.rescued_rows) as rescued_rows,
            round(
                100 * (1 - cast(
                    sum(p.null_invoices + p.null_stock_codes + p.null_customers)
                    + sum(p.bad_quantities + p.bad_prices + p.unsplit_rows) as numeric
                ) / (6 * sum(p.rows))),
                2
            ) as score
        from quality.file_profile as p
        where p.layer = 'bronze'
        group by p.processing_date
    """,
    "quality.layer_comparison": """
        select
            processing_date,
            layer,
            sum(rows) as rows,
            sum(money) as money,
            sum(null_invoices) as null_invoices,
            sum(null_stock_codes) as null_stock_codes,
            sum(null_customers) as null_customers,
            sum(bad_quantities) as bad_quantities,
            sum(bad_prices) as bad_prices,
            sum(rescued_rows) as rescued_rows
        from quality.file_profile
        group by processing_date, layer
    """,
    "quality.daily_counts": """
        select invoice_date, layer, sum(rows) as rows, sum(money) as money
        from quality.file_dates
        group by invoice_date, layer
    """,
    "quality.money": """
        select
            file_id,
            invoice_date,
            sum(rows) as rows,
            sum(money) as money,
            coalesce(sum(rows) filter (where outcome = 'counted'), 0) as counted_rows,
            coalesce(sum(money) filter (where outcome = 'counted'), 0) as counted,
            coalesce(sum(rows) filter (where outcome = 'returned'), 0) as returned_rows,
            coalesce(sum(money) filter (where outcome = 'returned'), 0) as returned,
            coalesce(sum(rows) filter (where outcome = 'no_customer'), 0) as no_customer_rows,
            coalesce(sum(money) filter (where outcome = 'no_customer'), 0) as no_customer,
            coalesce(sum(rows) filter (where outcome = 'cancellation'), 0) as cancellation_rows,
            coalesce(sum(money) filter (where outcome = 'cancellation'), 0) as cancellation,
            coalesce(sum(rows) filter (where outcome = 'not_counted'), 0) as not_counted_rows,
            coalesce(sum(money) filter (where outcome = 'not_counted'), 0) as not_counted,
            coalesce(sum(rows) filter (where outcome = 'quarantined'), 0) as quarantined_rows,
            coalesce(sum(money) filter (where outcome = 'quarantined'), 0) as quarantined,
            coalesce(sum(rows) filter (where outcome = 'skipped'), 0) as skipped_rows,
            coalesce(
                jsonb_agg(
                    jsonb_build_object('expectation', reason, 'rows', rows, 'money', cast(money as text))
                    order by money desc, reason
                ) filter (where outcome = 'quarantined'),
                '[]'
            ) as reasons
        from quality.file_money
        group by file_id, invoice_date
    """,
}
COMMENTS = {
    "bronze.retail_transactions": (
        "The rows of bronze.sales_row with the columns that follow from the ledger: address of the file, and when it was "
        "received."
    ),
    "silver.retail_transactions": (
        "The rows of silver.sales_row with the columns that follow from others and from the ledger. day_of_week: 1 = "
        "Sunday to 7 = Saturday; surrogate_key is a label, the key is file_id, line_no."
    ),
    "quality.bronze_daily": (
        "One row per processing date: what was received. score: the share, in percent, of the six checks that held, over "
        "all rows: the defects counted beside it, and lines that could not be split in place of rescued_rows."
    ),
    "quality.layer_comparison": (
        "One row per processing date and layer: rows, the sum of their absolute totals, and the count of each defect."
    ),
    "quality.daily_counts": (
        "One row per invoice date and layer: rows and the sum of their absolute totals; the date is null for rows whose "
        "date cannot be read."
    ),
    "quality.money": (
        "One row per active file and invoice date: rows and money by outcome, and of quarantined rows by reason, the first "
        "expectation that they fail."
    ),
}
TABLE_COMMENTS = {
    "bronze.sales_row": (
        "One row per data row of a source object, as received. line_no is the physical line in the file (the "
        "header is line 1). rescued_data is an object of the extra columns, those that the contract declares "
        "by their names in the contract, or a string: the raw line that could not be split."
    ),
    "gold.customer_invoice": (
        "One row per active file, customer, invoice and date. amount: money of its sales minus returned; "
        "returned: money of subtracted returns and cancellations; country: of the sales; is_sale: whether a "
        "line is a sale; is_counted: false for an invoice that counts from a newer file. Where invoices count "
        "once, each invoice of a file also has a row without a customer (an empty id). With it a file is "
        "added or removed at the cost of that file, whatever the length of the history."
    ),
    "gold.customer_rfm": (
        "One row per customer with at least one sale that counts. frequency: distinct invoices of sales; "
        "gross: sum of their total_price; returned: money of returns and cancellations; monetary: gross - "
        "returned; country: of the latest sale; is_segmented: false for a customer whose returns reach the "
        "value of their sales. Recency (days from last_invoice_date to an as_of) is not stored."
    ),
    "pipeline.freshness": (
        "One row: data_through is the latest invoice date in silver; warning is the reason of the quality "
        "warning, except for files of another contract (quality.data_warning), gate_reason the reason for which "
        "training runs are not published; both are null without one; is_measured is whether quality.data_warning "
        "is about gold as it is now."
    ),
    "pipeline.source": (
        "One row per source: logical name, address that precedes its keys, and whether the latest ingest used "
        "it; not_read: number of its objects and members of archives whose suffix is none of suffixes, by "
        "suffix, at the last listing."
    ),
    "pipeline.source_file": (
        "One row per listed version of a source object; rows are never deleted. source is the logical name, "
        "key the path below its prefix: the identity of a file does not depend on the location of the source. "
        "received_at: when its rows were read into bronze; loaded_at: when it last became active. "
        "contract_sha256: hash of the contract that rejected the file or validated all its loaded rows; null "
        "for files loaded before contracts existed, and after rows that another contract had quarantined were loaded. "
        "quarantine_contract_sha256: hash of the contract that validated its quarantined rows; null after a "
        "replay validated some of them by another contract. reading_sha256: hash of the keys of the contract "
        "that determine how its bytes become bronze rows, or which members of an archive are files; null to "
        "list them again. archive_id: the archive, in the version that was listed last, of which this file is "
        "a member; not_read: number of members of an opened archive that are not read, by suffix, null for "
        "other files; other_sheets: name and rows of each visible sheet of a workbook that is not read, because "
        "the contract declares no sheet."
    ),
    "privacy.erasure": (
        "One row per erased customer. customer_hash is an HMAC-SHA-256 of the id, which cannot be computed "
        "without the key. id_rules: rules of the contract by which the id was read; spelling_hash: an "
        "HMAC-SHA-256 of the form that all spellings of the id have in common, by which the customer is "
        "recognised under other rules, null for erasures before contracts existed. removed: numbers of rows "
        "deleted, cleared or redacted, by table; exports: objects that may contain the customer; "
        "completed_at is null until these are deleted and the tables are vacuumed."
    ),
    "quality.expectation_results": (
        "One row per file and expectation: the numbers of rows that passed and failed; money: sum of the "
        "absolute totals of the rows that failed, where they can be read."
    ),
    "quality.file_dates": (
        "One row per file, layer and invoice date: the number of rows, and the sum of their absolute totals; "
        "the date is null if it cannot be read."
    ),
    "quality.file_profile": (
        "One row per file and layer (bronze, silver): the number of rows, and of rows with each defect; "
        "money: sum of the absolute totals of its rows; unsplit_rows: lines with more or fewer fields than "
        "the header."
    ),
    "segments.model": (
        "One row per training run: everything needed to explain and to repeat it. removed_at: when retention "
        "removed its customers, null while they are stored."
    ),
    "silver.quarantine": (
        "One row per bronze row of an active file that fails an expectation, with every reason [{expectation, "
        "column, value}]; status is open, replayed or discarded; invoice_date and total_price are null where "
        "they cannot be read."
    ),
    "silver.sales_row": (
        "One row per bronze row of an active file that meets every expectation. total_price is in the "
        "currency of the contract. effect: 1 adds total_price to its customer, -1 subtracts it, 0 does "
        "neither. attributes: the declared columns without a column of their own."
    ),
    "webhooks.webhook_endpoint": (
        "One row per endpoint: its URL, and the events, scheme and segments (null: all) to which it is "
        "subscribed. state: active; disabled (by a client, or after days of failures); gone (the receiver "
        "answered 410). batch: one event per run with the number of its changes. failing_since is null if the "
        "last attempt succeeded."
    ),
    "segments.customer_change": (
        "One row per change of a customer's segment: first assigned, moved in a scheme, gone, or erased. "
        "change_id is assigned under one lock that is held until the commit, so that it increases in the "
        "order of the commits. Slugs and cause are null if there is none. Rows of erased customers are "
        "redacted, not deleted, because cursors refer to them: customer_id, slugs, clusters and causes are "
        "null."
    ),
    "webhooks.webhook_delivery": (
        "One row per event and subscribed endpoint. pending: next_attempt_at is the time of the next attempt; "
        "while claim is set, it is the time at which the claim expires. exhausted: every attempt failed; "
        "failed: it was answered with 410. status, response_body (1 kB) and error are of the last attempt."
    ),
}
FILL_SILVER = """
    update silver.sales_row
    set
        total_price = quantity * unit_price,
        is_cancellation = left(invoice_no, 1) in ('C', 'c'),
        effect = case
            when customer_id is not null and left(invoice_no, 1) not in ('C', 'c')
                and (stock_code ~ '^[0-9]{5}[A-Za-z]*$' or stock_code = 'PADS')
            then 1
            else 0
        end
"""

FILL_MONEY = (
    """
    insert into quality.file_money (file_id, invoice_date, outcome, rows, money)
    select
        file_id,
        invoice_date,
        case
            when customer_id is null then 'no_customer'
            when effect = 1 then 'counted'
            when is_cancellation then 'cancellation'
            else 'not_counted'
        end,
        count(*),
        sum(abs(total_price))
    from silver.sales_row
    group by 1, 2, 3
    """,
    """
    insert into quality.file_money (file_id, invoice_date, outcome, reason, rows, money)
    select file_id, invoice_date, 'quarantined', reasons -> 0 ->> 'expectation', count(*), 0
    from silver.quarantine
    where status <> 'replayed'
    group by 1, 2, 4
    """,
    """
    update quality.file_dates as d
    set money = m.money
    from (
        select file_id, invoice_date, sum(money) as money
        from quality.file_money
        where outcome <> 'quarantined'
        group by file_id, invoice_date
    ) as m
    where m.file_id = d.file_id and m.invoice_date = d.invoice_date
    """,
    """
    update quality.file_profile as p
    set money = m.money
    from (select file_id, sum(money) as money from quality.file_money group by file_id) as m
    where m.file_id = p.file_id
    """,
)


def upgrade() -> None:
    for view in VIEWS:
        op.execute(f"drop view if exists {view}")
    for column in ("line_total", "currency", "status"):
        op.add_column("sales_row", sa.Column(column, sa.Text()), schema="bronze")
    _upgrade_silver()
    _upgrade_gold()
    _upgrade_segments()
    _upgrade_ledger()
    _upgrade_erasures()
    _upgrade_quality()
    for table, comment in TABLE_COMMENTS.items():
        quoted = comment.replace("'", "''")
        op.execute(f"comment on table {table} is '{quoted}'")
    for view, query in VIEWS.items():
        op.execute(f"create view {view} as {query}")
        op.execute(f"comment on view {view} is '{COMMENTS[view]}'")


def downgrade() -> None:
    raise NotImplementedError("version 0002 holds what version 0001 has no columns for; restore a backup instead")


def _upgrade_silver() -> None:
    op.execute("alter table silver.sales_row alter quantity type numeric, alter quantity drop not null")
    op.execute("alter table silver.sales_row alter unit_price type numeric, alter unit_price drop not null")
    op.execute("alter table silver.sales_row alter stock_code drop not null")
    added = (
        sa.Column("total_price", sa.Numeric(14, 2)),
        sa.Column("is_cancellation", sa.Boolean()),
        sa.Column("effect", sa.SmallInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("status", sa.Text()),
        sa.Column("attributes", postgresql.JSONB()),
    )
    for column in added:
        op.add_column("sales_row", column, schema="silver")
    op.execute(FILL_SILVER)
    for name in ("total_price", "is_cancellation", "effect"):
        op.alter_column("sales_row", name, nullable=False, schema="silver")
    op.create_check_constraint(op.f("sales_row_effect_check"), "sales_row", "effect in (-1, 0, 1)", schema="silver")
    op.add_column("quarantine", sa.Column("total_price", sa.Numeric()), schema="silver")
    op.drop_column("quarantine", "source_file", schema="silver")


def _upgrade_gold() -> None:
    in_customers = (
        sa.Column("returned", sa.Numeric(24, 2), nullable=False, server_default="0"),
        sa.Column("gross", sa.Numeric(24, 2), sa.Computed("monetary + returned", persisted=True), nullable=False),
        sa.Column(
            "is_segmented", sa.Boolean(), sa.Computed("returned <= 0 or monetary > 0", persisted=True), nullable=False
        ),
    )
    for column in in_customers:
        op.add_column("customer_rfm", column, schema="gold")
    in_invoices = (
        sa.Column("returned", sa.Numeric(24, 2), nullable=False, server_default="0"),
        sa.Column("is_sale", sa.Boolean(), nullable=False, server_default="true"),
        sa.Column("is_counted", sa.Boolean(), nullable=False, server_default="true"),
    )
    for column in in_invoices:
        op.add_column("customer_invoice", column, schema="gold")
    op.drop_index(op.f("customer_invoice_customer_id_invoice_no_ix"), table_name="customer_invoice", schema="gold")
    op.create_index(
        op.f("customer_invoice_invoice_no_customer_id_ix"),
        "customer_invoice",
        ["invoice_no", "customer_id"],
        schema="gold",
    )
    _create_identifiers()


def _create_identifiers() -> None:
    op.create_table(
        "customer_identifier",
        sa.Column("file_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("value", sa.Text(collation="C"), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("invoice_date", sa.Date(), nullable=False),
        sa.Column("invoice_no", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("file_id", "name", "value", "customer_id", name=op.f("customer_identifier_pkey")),
        schema="gold",
        comment=(
            "One row per active file, identifier, value and customer: values of the columns that the contract "
            "declares as identifiers, in sales that count. invoice_date, invoice_no: the latest of these sales. A "
            "value belongs to the customer of its latest sale in all files; a customer may have several values."
        ),
    )
    op.create_index(
        op.f("customer_identifier_name_value_invoice_date_invoice_no_ix"),
        "customer_identifier",
        ["name", "value", "invoice_date", "invoice_no"],
        schema="gold",
    )
    op.create_index(op.f("customer_identifier_customer_id_ix"), "customer_identifier", ["customer_id"], schema="gold")


def _upgrade_segments() -> None:
    for table in ("customer_segment", "customer_segment_history"):
        returned = sa.Column("returned", sa.Numeric(24, 2), nullable=False, server_default="0")
        op.add_column(table, returned, schema="segments")


def _upgrade_ledger() -> None:
    op.create_table(
        "contract",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id_rules", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("contract_pkey")),
        schema="pipeline",
        comment=(
            "One row per version of the data contract that files were validated by, with its YAML document. id_rules: "
            "how it reads ids of customers."
        ),
    )
    suffixes = sa.Column("suffixes", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}")
    not_read = sa.Column("not_read", postgresql.JSONB(), nullable=False, server_default="{}")
    for column in (suffixes, not_read):
        op.add_column("source", column, schema="pipeline")
    op.add_column("source_file", sa.Column("archive_id", sa.BigInteger()), schema="pipeline")
    for name in ("not_read", "other_sheets"):
        op.add_column("source_file", sa.Column(name, postgresql.JSONB()), schema="pipeline")
    op.create_index(
        op.f("source_file_archive_id_ix"),
        "source_file",
        ["archive_id"],
        schema="pipeline",
        postgresql_where=sa.text("archive_id is not null"),
    )
    for name in ("contract_sha256", "quarantine_contract_sha256", "reading_sha256"):
        op.add_column("source_file", sa.Column(name, sa.Text()), schema="pipeline")
    op.add_column(
        "source_file", sa.Column("rows_skipped", sa.Integer(), nullable=False, server_default="0"), schema="pipeline"
    )
    _rename_discard()
    op.drop_constraint(op.f("source_file_rows_check"), "source_file", schema="pipeline")
    op.create_check_constraint(
        op.f("source_file_rows_check"),
        "source_file",
        "rows_read = rows_loaded + rows_quarantined + rows_skipped",
        schema="pipeline",
    )


def _upgrade_erasures() -> None:
    id_rules = sa.Column("id_rules", sa.Text(), nullable=False, server_default="trim stripDecimal")
    op.add_column("erasure", id_rules, schema="privacy")
    op.add_column("erasure", sa.Column("spelling_hash", sa.Text()), schema="privacy")


def _rename_discard() -> None:
    jobs = "job in ('ingest', 'retrain', 'replay', 'apply_contract', 'discard_quarantine', 'retain', 'export', 'purge')"
    op.drop_constraint(op.f("job_run_job_check"), "job_run", schema="pipeline")
    op.execute("update pipeline.job_run set job = 'discard_quarantine' where job = 'discard'")
    op.execute("update pipeline.lease set name = 'discard_quarantine' where name = 'discard'")
    op.create_check_constraint(op.f("job_run_job_check"), "job_run", jobs, schema="pipeline")


def _upgrade_quality() -> None:
    money = sa.Numeric(40, 2)
    for table in ("file_profile", "file_dates", "expectation_results"):
        op.add_column(table, sa.Column("money", money, nullable=False, server_default="0"), schema="quality")
    unsplit = sa.Column("unsplit_rows", sa.Integer(), nullable=False, server_default="0")
    op.add_column("file_profile", unsplit, schema="quality")
    measured = sa.Column("is_measured", sa.Boolean(), nullable=False, server_default="false")
    op.add_column("freshness", measured, schema="pipeline")
    _create_money()
    _create_warnings()
    for statement in FILL_MONEY:
        op.execute(statement)


def _create_money() -> None:
    outcomes = "'counted', 'returned', 'no_customer', 'cancellation', 'not_counted', 'quarantined', 'skipped'"
    op.create_table(
        "file_money",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_date", sa.Date()),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("money", sa.Numeric(40, 2), nullable=False),
        sa.UniqueConstraint(
            "file_id",
            "invoice_date",
            "outcome",
            "reason",
            name=op.f("file_money_file_id_invoice_date_outcome_reason_key"),
            postgresql_nulls_not_distinct=True,
        ),
        sa.CheckConstraint(f"outcome in ({outcomes})", name=op.f("file_money_outcome_check")),
        schema="quality",
        comment=(
            "One row per active file, invoice date, outcome and, of quarantined rows, the first expectation that "
            "they fail. rows: all outcomes of a file add up to its rows; money: sum of the absolute totals of "
            "these rows, 0 where they cannot be read, and of skipped rows. The date is null if it cannot be read, "
            "and of skipped rows."
        ),
    )
    op.create_table(
        "file_currency",
        sa.Column("file_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("money", sa.Numeric(40, 2), nullable=False),
        sa.PrimaryKeyConstraint("file_id", "currency", name=op.f("file_currency_pkey")),
        schema="quality",
        comment=(
            "One row per active file and currency in silver, where the contract has a column of currencies but "
            "declares none."
        ),
    )


def _create_warnings() -> None:
    op.create_table(
        "file_warning",
        sa.Column("file_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), server_default="", nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("money", sa.Numeric(40, 2), nullable=False),
        sa.Column("example", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", "kind", "rule", name=op.f("file_warning_pkey")),
        sa.CheckConstraint(
            "kind in ('rule', 'overlap', 'mojibake', 'unknown_money', 'other_sheets')",
            name=op.f("file_warning_kind_check"),
        ),
        schema="quality",
        comment=(
            "One row per active file and warning about its rows. kind: rule (rows that do not meet a rule of severity "
            "warning, named in rule), overlap (invoices that other active files have too; rows is their number), "
            "mojibake (texts read in a wrong encoding), unknown_money (quarantined rows whose total cannot be "
            "read; money is estimated), other_sheets (rows of further sheets, which are not read; money is 0); "
            "example: a line, another file, or sheets."
        ),
    )
    kinds = (
        "'no_sale_counts', 'money', 'unknown_money', 'placeholder', 'similar_ids', 'mixed_currencies', "
        "'reused_invoice_numbers', 'missing_days', 'other_contract'"
    )
    op.create_table(
        "data_warning",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("examples", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("data_warning_pkey")),
        sa.CheckConstraint(f"kind in ({kinds})", name=op.f("data_warning_kind_check")),
        schema="quality",
        comment=(
            "One row per warning about all active files or all customers, with its remedy; examples: days, "
            "currencies or ids of customers, which the message never has."
        ),
    )
