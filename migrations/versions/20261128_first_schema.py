"""The first schema: one table or view per grain, one schema per kind of data."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

SCHEMAS = ("access", "bronze", "gold", "pipeline", "privacy", "quality", "segments", "silver", "webhooks")
VIEWS = {
    "bronze.retail_transactions": """
        select
            r.file_id, r.line_no, r.invoice, r.stock_code, r.description, r.quantity, r.price, r.customer_id, r.country,
            r.invoice_date, r.rescued_data,
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
        from bronze.sales_row as r
    """,
    "silver.retail_transactions": """
        select
            r.file_id, r.line_no, r.invoice_no, r.stock_code, r.description, r.quantity, r.unit_price, r.customer_id,
            r.country, r.invoice_date,
            left(r.invoice_no, 1) in ('C', 'c') as is_cancellation,
            cast(r.quantity * r.unit_price as numeric(14, 2)) as total_price,
            cast(extract(year from r.invoice_date) as smallint) as year,
            cast(extract(month from r.invoice_date) as smallint) as month,
            cast(extract(dow from r.invoice_date) + 1 as smallint) as day_of_week,
            r.invoice_no || '_' || r.stock_code || '_' || r.quantity as surrogate_key,
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
        from silver.sales_row as r
    """,
    "quality.bronze_daily": """
        select
            p.processing_date,
            sum(p.rows) as rows,
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
                    + sum(p.bad_quantities + p.bad_prices + p.rescued_rows) as numeric
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
        select invoice_date, layer, sum(rows) as rows
        from quality.file_dates
        group by invoice_date, layer
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
        "One row per processing date: what was received. score: the share, in percent, of the six checks "
        "(the defects counted beside it) that held, over all rows."
    ),
    "quality.layer_comparison": "One row per processing date and layer: rows and the count of each defect.",
    "quality.daily_counts": "One row per invoice date and layer; the date is null for rows whose date cannot be read.",
}


def upgrade() -> None:
    for schema in SCHEMAS:
        op.execute(f"create schema if not exists {schema}")
    op.create_table(
        "api_key",
        sa.Column("key_id", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("previous_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("requests_a_minute", sa.Integer(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(previous_sha256 is null) = (previous_until is null)", name=op.f("api_key_previous_check")),
        sa.CheckConstraint("requests_a_minute >= 0", name=op.f("api_key_requests_a_minute_check")),
        sa.PrimaryKeyConstraint("key_id", name=op.f("api_key_pkey")),
        schema="access",
        comment="One row per API key, revoked ones included. Only the SHA-256 of a secret is stored; the previous secret is valid until previous_until. requests_a_minute: null for the default of the settings, 0 for no limit. last_used_at is accurate to a minute.",
    )
    op.create_index(
        "api_key_name_key",
        "api_key",
        ["name"],
        unique=True,
        schema="access",
        postgresql_where=sa.text("revoked_at is null"),
    )
    op.create_table(
        "audit_entry",
        sa.Column("entry_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(collation="C"), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("client", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("audit_entry_pkey")),
        schema="access",
        comment="One row per write request, with any status. path is the path template, parameters are its parameters without ids of customers; key_id is `bootstrap` for REGULARS_API_KEY, `open` if no key is required.",
    )
    op.create_index(op.f("audit_entry_at_ix"), "audit_entry", ["at"], unique=False, schema="access")
    op.create_index(
        op.f("audit_entry_key_id_entry_id_ix"), "audit_entry", ["key_id", "entry_id"], unique=False, schema="access"
    )
    op.create_table(
        "idempotency_key",
        sa.Column("owner", sa.Text(collation="C"), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("headers", postgresql.JSONB(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("owner", "key", name=op.f("idempotency_key_pkey")),
        schema="access",
        comment="One row per idempotency key of a client within 24 hours, with the response to its request; status, headers and body are null within the transaction that handles the request.",
    )
    op.create_index(
        op.f("idempotency_key_created_at_ix"), "idempotency_key", ["created_at"], unique=False, schema="access"
    )
    op.create_table(
        "sales_row",
        sa.Column("file_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("invoice", sa.Text(), nullable=True),
        sa.Column("stock_code", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Text(), nullable=True),
        sa.Column("price", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("invoice_date", sa.Text(), nullable=True),
        sa.Column("rescued_data", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("file_id", "line_no", name=op.f("sales_row_pkey")),
        schema="bronze",
        comment="One row per data row of a source object, as received. line_no is the physical line in the file (the header is line 1). rescued_data is an object with the extra columns, or the raw line as a string if it could not be split.",
    )
    op.create_table(
        "customer_invoice",
        sa.Column("file_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("invoice_no", sa.Text(collation="C"), nullable=False),
        sa.Column("invoice_date", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=24, scale=2), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint(
            "file_id", "customer_id", "invoice_no", "invoice_date", name=op.f("customer_invoice_pkey")
        ),
        schema="gold",
        comment="One row per active file, customer, invoice and date: amount and country of its sales that count. With these rows, the duration of adding or removing a file does not depend on the number of other files.",
    )
    op.create_index(
        op.f("customer_invoice_customer_id_invoice_date_invoice_no_ix"),
        "customer_invoice",
        ["customer_id", "invoice_date", "invoice_no"],
        unique=False,
        schema="gold",
    )
    op.create_index(
        op.f("customer_invoice_customer_id_invoice_no_ix"),
        "customer_invoice",
        ["customer_id", "invoice_no"],
        unique=False,
        schema="gold",
    )
    op.create_table(
        "customer_rfm",
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("first_invoice_date", sa.Date(), nullable=False),
        sa.Column("last_invoice_date", sa.Date(), nullable=False),
        sa.Column("frequency", sa.Integer(), nullable=False),
        sa.Column("monetary", sa.Numeric(precision=24, scale=2), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("customer_rfm_pkey")),
        schema="gold",
        comment="One row per customer with at least one sale that counts. frequency: distinct invoices; monetary: sum of total_price; country: of the latest sale. Recency (days from last_invoice_date to an as_of) is not stored.",
    )
    op.create_table(
        "export_object",
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("training_run_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("filters", postgresql.JSONB(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="writing", nullable=False),
        sa.Column("customers", sa.Integer(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("format in ('csv', 'ndjson', 'parquet')", name=op.f("export_object_format_check")),
        sa.CheckConstraint(
            "state in ('writing', 'written', 'failed', 'withdrawn', 'deleted')", name=op.f("export_object_state_check")
        ),
        sa.PrimaryKeyConstraint("export_id", name=op.f("export_object_pkey")),
        schema="pipeline",
        comment="One row per exported object, complete or not. export_id is the id of the job's run. The row is inserted before the first byte is written, so that every object that may contain a customer is registered. Sizes and SHA-256 are null until the object is complete, deleted_at until it is deleted.",
    )
    op.create_index(
        op.f("export_object_created_at_export_id_ix"),
        "export_object",
        ["created_at", "export_id"],
        unique=False,
        schema="pipeline",
    )
    op.create_table(
        "freshness",
        sa.Column("singleton", sa.Boolean(), nullable=False),
        sa.Column("data_through", sa.Date(), nullable=True),
        sa.Column("warning", sa.Text(), nullable=True),
        sa.Column("gate_reason", sa.Text(), nullable=True),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("singleton", name=op.f("freshness_singleton_check")),
        sa.PrimaryKeyConstraint("singleton", name=op.f("freshness_pkey")),
        schema="pipeline",
        comment="One row: data_through is the latest invoice date in silver; warning is the reason of the quality warning, gate_reason the reason for which training runs are not published; both are null without one.",
    )
    op.create_table(
        "freshness_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("data_through", sa.Date(), nullable=True),
        sa.Column("warning", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("freshness_day_pkey")),
        schema="pipeline",
        comment="One row per day with an update of freshness: the values at the end of that day.",
    )
    op.create_table(
        "job_run",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("scheduled_for", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parameters", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("counts", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("error_kind", sa.Text(), nullable=True),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "error_kind in ('infrastructure', 'data', 'configuration', 'program')",
            name=op.f("job_run_error_kind_check"),
        ),
        sa.CheckConstraint(
            "job in ('ingest', 'retrain', 'replay', 'discard', 'retain', 'export', 'purge')",
            name=op.f("job_run_job_check"),
        ),
        sa.CheckConstraint(
            "state in ('queued', 'running', 'succeeded', 'failed', 'crashed', 'cancelled', 'coalesced')",
            name=op.f("job_run_state_check"),
        ),
        sa.CheckConstraint(
            "trigger in ('api', 'cli', 'clock', 'start', 'retry', 'first_sales')", name=op.f("job_run_trigger_check")
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("job_run_pkey")),
        sa.UniqueConstraint("job", "scheduled_for", name=op.f("job_run_job_scheduled_for_key")),
        schema="pipeline",
        comment="One row per run of a job, requested by the schedule, the API or the command line.",
    )
    op.create_index(
        "job_run_running_key",
        "job_run",
        ["job"],
        unique=True,
        schema="pipeline",
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index(
        op.f("job_run_scheduled_for_run_id_ix"), "job_run", ["scheduled_for", "run_id"], unique=False, schema="pipeline"
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("acquired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("lease_pkey")),
        schema="pipeline",
        comment="One row per lease: of the leader, or of a job. epoch increases with each new holder; holder is null after a release; times are by the database's clock.",
    )
    op.create_table(
        "run_step",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("step_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("logged_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "step_no", name=op.f("run_step_pkey")),
        schema="pipeline",
        comment="One row per logged step of a run, in order; committed independently of the run's transactions.",
    )
    op.create_table(
        "source",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("is_configured", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("source_pkey")),
        schema="pipeline",
        comment="One row per source: logical name, address that precedes its keys, and whether the latest ingest used it.",
    )
    op.create_table(
        "source_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="discovered", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("supersedes_id", sa.BigInteger(), nullable=True),
        sa.Column("duplicate_of_id", sa.BigInteger(), nullable=True),
        sa.Column("rows_read", sa.Integer(), nullable=True),
        sa.Column("rows_loaded", sa.Integer(), nullable=True),
        sa.Column("rows_quarantined", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("discovered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('discovered', 'loading', 'loaded', 'empty', 'duplicate', 'superseded', 'rejected', 'failed', 'source_missing')",
            name=op.f("source_file_state_check"),
        ),
        sa.CheckConstraint("rows_read = rows_loaded + rows_quarantined", name=op.f("source_file_rows_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("source_file_pkey")),
        sa.UniqueConstraint("source", "key", "sha256", name=op.f("source_file_source_key_sha256_key")),
        schema="pipeline",
        comment="One row per listed version of a source object; rows are never deleted. source is the logical name, key the path below its prefix: the identity of a file does not depend on the location of the source. received_at is the time at which its rows were read into bronze, loaded_at that of the last activation.",
    )
    op.create_index(
        "source_file_active_key",
        "source_file",
        ["source", "key"],
        unique=True,
        schema="pipeline",
        postgresql_where=sa.text("state in ('loaded', 'empty', 'source_missing')"),
    )
    op.create_index(
        op.f("source_file_duplicate_of_id_ix"),
        "source_file",
        ["duplicate_of_id"],
        unique=False,
        schema="pipeline",
        postgresql_where=sa.text("state = 'duplicate'"),
    )
    op.create_index(op.f("source_file_sha256_ix"), "source_file", ["sha256"], unique=False, schema="pipeline")
    op.create_index(op.f("source_file_state_ix"), "source_file", ["state"], unique=False, schema="pipeline")
    op.create_table(
        "erasure",
        sa.Column("erasure_id", sa.Uuid(), nullable=False),
        sa.Column("customer_hash", sa.Text(), nullable=False),
        sa.Column("key_fingerprint", sa.Text(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("removed", postgresql.JSONB(), nullable=False),
        sa.Column("exports", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("erasure_id", name=op.f("erasure_pkey")),
        sa.UniqueConstraint("customer_hash", name=op.f("erasure_customer_hash_key")),
        schema="privacy",
        comment="One row per erased customer. customer_hash is an HMAC-SHA-256 of the id, which cannot be computed without the key. removed: rows deleted, cleared or redacted, by table; exports: objects that may hold the customer; completed_at is null until these are deleted and the tables are vacuumed.",
    )
    op.create_index(
        op.f("erasure_erased_at_erasure_id_ix"), "erasure", ["erased_at", "erasure_id"], unique=False, schema="privacy"
    )
    op.create_table(
        "expectation_results",
        sa.Column("file_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expectation", sa.Text(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", "expectation", name=op.f("expectation_results_pkey")),
        schema="quality",
        comment="One row per file and expectation: the numbers of rows that passed and failed.",
    )
    op.create_table(
        "file_dates",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("invoice_date", sa.Date(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.CheckConstraint("layer in ('bronze', 'silver')", name=op.f("file_dates_layer_check")),
        sa.UniqueConstraint(
            "file_id",
            "layer",
            "invoice_date",
            name=op.f("file_dates_file_id_layer_invoice_date_key"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="quality",
        comment="One row per file, layer and invoice date: the number of rows; the date is null if it cannot be read.",
    )
    op.create_table(
        "file_profile",
        sa.Column("file_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("processing_date", sa.Date(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("null_invoices", sa.Integer(), nullable=False),
        sa.Column("null_stock_codes", sa.Integer(), nullable=False),
        sa.Column("null_customers", sa.Integer(), nullable=False),
        sa.Column("bad_quantities", sa.Integer(), nullable=False),
        sa.Column("bad_prices", sa.Integer(), nullable=False),
        sa.Column("rescued_rows", sa.Integer(), nullable=False),
        sa.CheckConstraint("layer in ('bronze', 'silver')", name=op.f("file_profile_layer_check")),
        sa.PrimaryKeyConstraint("file_id", "layer", name=op.f("file_profile_pkey")),
        schema="quality",
        comment="One row per file and layer (bronze, silver): the number of rows, and of rows with each defect.",
    )
    op.create_index(
        op.f("file_profile_processing_date_ix"), "file_profile", ["processing_date"], unique=False, schema="quality"
    )
    op.create_table(
        "model",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("trained_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("features", postgresql.JSONB(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("k_scores", postgresql.JSONB(), nullable=False),
        sa.Column("scaler", postgresql.JSONB(), nullable=False),
        sa.Column("centroids", postgresql.JSONB(), nullable=False),
        sa.Column("fences", postgresql.JSONB(), nullable=False),
        sa.Column("medians", postgresql.JSONB(), nullable=False),
        sa.Column("segment_of_cluster", postgresql.JSONB(), nullable=False),
        sa.Column("cluster_medians", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("versions", postgresql.JSONB(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("model_pkey")),
        schema="segments",
        comment="One row per training run: everything needed to explain and to repeat its numbers. removed_at: when retention removed its customers, null while they are stored.",
    )
    op.create_table(
        "quarantine",
        sa.Column("file_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source_file", sa.Text(), nullable=False),
        sa.Column("invoice_date", sa.Date(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("quarantined_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status in ('open', 'replayed', 'discarded')", name=op.f("quarantine_status_check")),
        sa.PrimaryKeyConstraint("file_id", "line_no", name=op.f("quarantine_pkey")),
        schema="silver",
        comment="One row per bronze row of an active file that fails an expectation. reasons has all failed expectations as [{expectation, column, value}]; status is open, replayed or discarded; invoice_date is null if unreadable.",
    )
    op.create_index(
        op.f("quarantine_status_file_id_line_no_ix"),
        "quarantine",
        ["status", "file_id", "line_no"],
        unique=False,
        schema="silver",
    )
    op.create_table(
        "sales_row",
        sa.Column("file_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("invoice_date", sa.Date(), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("invoice_no", sa.Text(), nullable=False),
        sa.Column("stock_code", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("file_id", "line_no", name=op.f("sales_row_pkey")),
        schema="silver",
        comment="One row per bronze row of an active file that meets every expectation.",
    )
    op.create_table(
        "webhook_endpoint",
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("events", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("segments", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("batch", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("scheme in ('kmeans', 'rules')", name=op.f("webhook_endpoint_scheme_check")),
        sa.CheckConstraint("state in ('active', 'disabled', 'gone')", name=op.f("webhook_endpoint_state_check")),
        sa.PrimaryKeyConstraint("endpoint_id", name=op.f("webhook_endpoint_pkey")),
        schema="webhooks",
        comment="One row per webhook: the address of a receiver and the events, scheme and segments (null: all) that it is subscribed to. batch: one event per run with the number of its changes. failing_since is null if the last attempt succeeded.",
    )
    op.create_table(
        "webhook_event",
        sa.Column("event_id", sa.Text(collation="C"), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=True),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("webhook_event_pkey")),
        schema="webhooks",
        comment="One row per event with at least one subscribed endpoint, written in the transaction that caused it; customer_id is null if it is not about a single customer.",
    )
    op.create_index(
        op.f("webhook_event_created_at_ix"), "webhook_event", ["created_at"], unique=False, schema="webhooks"
    )
    op.create_index(
        op.f("webhook_event_customer_id_ix"),
        "webhook_event",
        ["customer_id"],
        unique=False,
        schema="webhooks",
        postgresql_where=sa.text("customer_id is not null"),
    )
    op.create_table(
        "rate_window",
        sa.Column("key_id", sa.Text(collation="C"), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["access.api_key.key_id"], name=op.f("rate_window_key_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key_id", name=op.f("rate_window_pkey")),
        schema="access",
        comment="One row per key with a limit: the number of requests reserved by the API's processes for the minute from window_start; above the limit if the last reservation was granted only in part.",
    )
    op.create_table(
        "artifact",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("joblib", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["segments.model.run_id"], name=op.f("artifact_run_id_fkey")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("artifact_pkey")),
        schema="segments",
        comment="One row per training run whose customers are stored: the fitted estimator as joblib wrote it; loaded only if its SHA-256 is model.sha256.",
    )
    op.create_table(
        "cluster_summary",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("cluster", sa.SmallInteger(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("mean_recency", sa.Numeric(precision=26, scale=4), nullable=True),
        sa.Column("median_recency", sa.Numeric(precision=26, scale=4), nullable=True),
        sa.Column("mean_frequency", sa.Numeric(precision=26, scale=4), nullable=True),
        sa.Column("median_frequency", sa.Numeric(precision=26, scale=4), nullable=True),
        sa.Column("mean_monetary", sa.Numeric(precision=26, scale=4), nullable=True),
        sa.Column("median_monetary", sa.Numeric(precision=26, scale=4), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["segments.model.run_id"], name=op.f("cluster_summary_run_id_fkey")),
        sa.PrimaryKeyConstraint("run_id", "cluster", name=op.f("cluster_summary_pkey")),
        schema="segments",
        comment="One row per run and cluster: the number of its customers, and the mean and median of their features.",
    )
    op.create_table(
        "current_run",
        sa.Column("singleton", sa.Boolean(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("singleton", name=op.f("current_run_singleton_check")),
        sa.ForeignKeyConstraint(["run_id"], ["segments.model.run_id"], name=op.f("current_run_run_id_fkey")),
        sa.PrimaryKeyConstraint("singleton", name=op.f("current_run_pkey")),
        schema="segments",
        comment="One row: the published run that readers see. updated_at is set by each transaction that writes states of customers, before its commit and under one lock: later states have a later updated_at.",
    )
    op.create_table(
        "customer_change",
        sa.Column("change_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=True),
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
        sa.CheckConstraint("kind in ('first', 'moved', 'gone', 'erased')", name=op.f("customer_change_kind_check")),
        sa.CheckConstraint(
            "kmeans_cause in ('first', 'customer', 'model', 'both', 'gone', 'erased')",
            name=op.f("customer_change_kmeans_cause_check"),
        ),
        sa.CheckConstraint(
            "rules_cause in ('first', 'customer', 'model', 'both', 'gone', 'erased')",
            name=op.f("customer_change_rules_cause_check"),
        ),
        sa.CheckConstraint(
            "(customer_id is null) = (coalesce(kmeans_cause, rules_cause) is null)",
            name=op.f("customer_change_redacted_check"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["segments.model.run_id"], name=op.f("customer_change_run_id_fkey")),
        sa.PrimaryKeyConstraint("change_id", name=op.f("customer_change_pkey")),
        schema="segments",
        comment="One row per change of a customer's segment: first assigned, moved in a scheme, without sales, or erased. change_id is assigned under one lock that is held until the commit, so that its order is that of the commits. Slugs and cause are null if there is none. Rows of erased customers are redacted, not deleted, because cursors refer to them: customer_id, slugs, clusters and causes are null.",
    )
    op.create_index(
        op.f("customer_change_customer_id_change_id_ix"),
        "customer_change",
        ["customer_id", "change_id"],
        unique=False,
        schema="segments",
    )
    op.create_index(
        "ix_customer_change_erased",
        "customer_change",
        ["changed_at"],
        unique=False,
        schema="segments",
        postgresql_where=sa.text("kind = 'erased' and customer_id is not null"),
    )
    op.create_table(
        "customer_segment",
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
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("statement_timestamp()"), nullable=False
        ),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["segments.model.run_id"], name=op.f("customer_segment_run_id_fkey")),
        sa.PrimaryKeyConstraint("run_id", "customer_id", name=op.f("customer_segment_pkey")),
        schema="segments",
        comment="One row per run and customer: the features on as_of (recency in days), the cluster, the slug of the segment in each scheme (kmeans, rules), and the day since which the customer has been in it. updated_at: when features other than recency, the country or a segment last changed.",
    )
    op.create_index(
        op.f("customer_segment_run_id_kmeans_customer_id_ix"),
        "customer_segment",
        ["run_id", "kmeans", "customer_id"],
        unique=False,
        schema="segments",
    )
    op.create_index(
        op.f("customer_segment_run_id_rules_customer_id_ix"),
        "customer_segment",
        ["run_id", "rules", "customer_id"],
        unique=False,
        schema="segments",
    )
    op.create_table(
        "customer_segment_history",
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
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("statement_timestamp()"), nullable=False
        ),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.CheckConstraint("until > as_of", name=op.f("customer_segment_history_until_check")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["segments.model.run_id"], name=op.f("customer_segment_history_run_id_fkey")
        ),
        sa.PrimaryKeyConstraint("run_id", "customer_id", "as_of", name=op.f("customer_segment_history_pkey")),
        schema="segments",
        comment="One row per run, customer and first day of a state that a later day's sales replaced or ended; it was valid from as_of to the day before until.",
    )
    op.create_table(
        "publication_log",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("publication_no", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["segments.model.run_id"], name=op.f("publication_log_run_id_fkey")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("publication_log_pkey")),
        sa.UniqueConstraint("publication_no", name=op.f("publication_log_publication_no_key")),
        schema="segments",
        comment="One row per published run whose customers are stored, in the order of publication.",
    )
    op.create_table(
        "segment_summary",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(collation="C"), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("recommendation", postgresql.JSONB(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("customers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("revenue", sa.Numeric(precision=24, scale=2), server_default="0", nullable=False),
        sa.Column("mean_recency", sa.Numeric(precision=26, scale=4), nullable=True),
        sa.Column("median_recency", sa.Numeric(precision=26, scale=4), nullable=True),
        sa.Column("mean_frequency", sa.Numeric(precision=26, scale=4), nullable=True),
        sa.Column("median_frequency", sa.Numeric(precision=26, scale=4), nullable=True),
        sa.Column("mean_monetary", sa.Numeric(precision=26, scale=4), nullable=True),
        sa.Column("median_monetary", sa.Numeric(precision=26, scale=4), nullable=True),
        sa.CheckConstraint("scheme in ('kmeans', 'rules')", name=op.f("segment_summary_scheme_check")),
        sa.ForeignKeyConstraint(["run_id"], ["segments.model.run_id"], name=op.f("segment_summary_run_id_fkey")),
        sa.PrimaryKeyConstraint("run_id", "scheme", "slug", name=op.f("segment_summary_pkey")),
        schema="segments",
        comment="One row per run, scheme and segment of the segment table at publication; position: order in the table; the means and medians are null if a segment has no customers.",
    )
    op.create_table(
        "stale_summary",
        sa.Column("stale_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("cluster", sa.SmallInteger(), nullable=False),
        sa.Column("kmeans", sa.Text(collation="C"), nullable=False),
        sa.Column("rules", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["segments.model.run_id"], name=op.f("stale_summary_run_id_fkey")),
        sa.PrimaryKeyConstraint("stale_id", name=op.f("stale_summary_pkey")),
        schema="segments",
        comment="One row per erased customer and superseded run: the cluster and the segments whose summaries the worker has yet to recompute.",
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("delivery_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.Text(collation="C"), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "next_attempt_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=True
        ),
        sa.Column("claim", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("last_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("response_body", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'pending') = (next_attempt_at is not null)", name=op.f("webhook_delivery_next_attempt_at_check")
        ),
        sa.CheckConstraint(
            "state in ('pending', 'delivered', 'exhausted', 'failed')", name=op.f("webhook_delivery_state_check")
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhooks.webhook_endpoint.endpoint_id"],
            name=op.f("webhook_delivery_endpoint_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["webhooks.webhook_event.event_id"],
            name=op.f("webhook_delivery_event_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("webhook_delivery_pkey")),
        sa.UniqueConstraint("event_id", "endpoint_id", name=op.f("webhook_delivery_event_id_endpoint_id_key")),
        schema="webhooks",
        comment="One row per event and subscribed endpoint. pending: sent at next_attempt_at, which is the expiry of the claim while a worker has claimed it; status, response_body (1 kB) and error are those of the last attempt.",
    )
    op.create_index(
        "webhook_delivery_claimed_ix",
        "webhook_delivery",
        ["endpoint_id"],
        unique=False,
        schema="webhooks",
        postgresql_where=sa.text("claim is not null"),
    )
    op.create_index(
        "webhook_delivery_due_ix",
        "webhook_delivery",
        ["endpoint_id", "next_attempt_at"],
        unique=False,
        schema="webhooks",
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        op.f("webhook_delivery_endpoint_id_delivery_id_ix"),
        "webhook_delivery",
        ["endpoint_id", "delivery_id"],
        unique=False,
        schema="webhooks",
    )
    op.create_table(
        "webhook_secret",
        sa.Column("secret_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhooks.webhook_endpoint.endpoint_id"],
            name=op.f("webhook_secret_endpoint_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("secret_id", name=op.f("webhook_secret_pkey")),
        schema="webhooks",
        comment="One row per secret of an endpoint, in plain text, because events are signed with it; expires_at is null for the newest.",
    )
    for view, query in VIEWS.items():
        op.execute(f"create view {view} as {query}")
        op.execute(f"comment on view {view} is '{COMMENTS[view]}'")


def downgrade() -> None:
    for schema in SCHEMAS:
        op.execute(f"drop schema if exists {schema} cascade")
