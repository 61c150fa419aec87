"""The first schema: ledger, three layers, segments, quality."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

VIEWS = {
    "bronze_daily": """
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
    "layer_comparison": """
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
    "daily_counts": """
        select invoice_date, layer, sum(rows) as rows
        from quality.file_dates
        group by invoice_date, layer
    """,
}
COMMENTS = {
    "bronze_daily": (
        "One row per processing date: what was received. score: the share, in percent, of the six checks "
        "(the defects counted beside it) that held, over all rows."
    ),
    "layer_comparison": "One row per processing date and layer: rows and the count of each defect.",
    "daily_counts": "One row per invoice date and layer; the date is null for rows whose date cannot be read.",
}
SCHEMAS = ("pipeline", "bronze", "silver", "gold", "segments", "quality")


def upgrade() -> None:
    for schema in SCHEMAS:
        op.execute(f"create schema if not exists {schema}")
    op.create_table(
        "retail_transactions",
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
        sa.Column("rescued_data", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("source_file", sa.Text(), nullable=False),
        sa.Column("ingestion_timestamp", sa.DateTime(timezone=True), nullable=False),
        sa.Column("processing_date", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", "line_no", name=op.f("retail_transactions_pkey")),
        schema="bronze",
        comment="One row per data row of a source object, as received. line_no is the physical line in the file (the header is line 1). rescued_data is an object of the extra columns, or a string: the raw line that could not be split.",
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
        comment="One row per file, customer, invoice and date: what an active file's sales that count add to its customers. It lets a file be added or taken back at the cost of that file, whatever the length of the history.",
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
        comment="One row per customer with at least one sale that counts. frequency: distinct invoices; monetary: sum of total_price; country: of the latest sale. Recency is not stored: it is days to an as_of.",
    )
    op.create_table(
        "freshness",
        sa.Column("is_only", sa.Boolean(), nullable=False),
        sa.Column("data_through", sa.Date(), nullable=True),
        sa.Column("concern", sa.Text(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("is_only", name=op.f("freshness_is_only_check")),
        sa.PrimaryKeyConstraint("is_only", name=op.f("freshness_pkey")),
        schema="pipeline",
        comment="The one row that says how far the sales go (latest invoice date in silver) and what is wrong with them; concern is null where nothing is.",
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
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.CheckConstraint("job in ('ingest', 'retrain')", name=op.f("job_run_job_check")),
        sa.CheckConstraint(
            "state in ('queued', 'running', 'succeeded', 'failed', 'crashed', 'cancelled', 'coalesced')",
            name=op.f("job_run_state_check"),
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("job_run_pkey")),
        sa.UniqueConstraint("job", "scheduled_for", name=op.f("job_run_job_scheduled_for_key")),
        schema="pipeline",
        comment="One row per run of a job that was asked for, whether by the clock, the API or the command line.",
    )
    op.create_index(
        "job_run_idempotency_key",
        "job_run",
        ["idempotency_key"],
        unique=True,
        schema="pipeline",
        postgresql_where=sa.text("idempotency_key is not null"),
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
        op.f("job_run_scheduled_for_run_id_ix"),
        "job_run",
        ["scheduled_for", "run_id"],
        unique=False,
        schema="pipeline",
    )
    op.create_table(
        "source_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
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
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('discovered', 'loading', 'loaded', 'empty', 'duplicate', 'superseded', 'rejected', 'failed', 'source_missing')",
            name=op.f("source_file_state_check"),
        ),
        sa.CheckConstraint("rows_read = rows_loaded + rows_quarantined", name=op.f("source_file_rows_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("source_file_pkey")),
        sa.UniqueConstraint("bucket", "key", "sha256", name=op.f("source_file_bucket_key_sha256_key")),
        schema="pipeline",
        comment="One row per version of a source object that was ever seen; it never expires.",
    )
    op.create_index(
        "source_file_active_key",
        "source_file",
        ["bucket", "key"],
        unique=True,
        schema="pipeline",
        postgresql_where=sa.text("state in ('loaded', 'empty', 'source_missing')"),
    )
    op.create_index(op.f("source_file_sha256_ix"), "source_file", ["sha256"], unique=False, schema="pipeline")
    op.create_index(op.f("source_file_state_ix"), "source_file", ["state"], unique=False, schema="pipeline")
    op.create_table(
        "expectation_results",
        sa.Column("file_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expectation", sa.Text(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", "expectation", name=op.f("expectation_results_pkey")),
        schema="quality",
        comment="One row per file and expectation: how many of the file's rows passed and failed it.",
    )
    op.create_table(
        "file_dates",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("invoice_date", sa.Date(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.UniqueConstraint(
            "file_id",
            "layer",
            "invoice_date",
            name=op.f("file_dates_file_id_layer_invoice_date_key"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="quality",
        comment="One row per file, layer and invoice date; the date is null for rows whose date cannot be read.",
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
        sa.PrimaryKeyConstraint("file_id", "layer", name=op.f("file_profile_pkey")),
        schema="quality",
        comment="One row per file and layer (bronze, silver): its rows and how many show each defect.",
    )
    op.create_index(
        op.f("file_profile_processing_date_ix"),
        "file_profile",
        ["processing_date"],
        unique=False,
        schema="quality",
    )
    op.create_table(
        "model",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("trained_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("features", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("k_scores", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("scaler", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("centroids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fences", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("medians", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("segment_of_cluster", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("versions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("model_pkey")),
        schema="segments",
        comment="One row per training run: all that is needed to explain and to repeat its numbers.",
    )
    op.create_table(
        "quarantine",
        sa.Column("file_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source_file", sa.Text(), nullable=False),
        sa.Column("invoice_date", sa.Date(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("quarantined_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("file_id", "line_no", name=op.f("quarantine_pkey")),
        schema="silver",
        comment="One row per bronze row of an active file that fails an expectation, with every reason [{expectation, column, value}]; status is open, replayed or discarded; invoice_date is null where it cannot be read.",
    )
    op.create_index(
        op.f("quarantine_status_file_id_line_no_ix"),
        "quarantine",
        ["status", "file_id", "line_no"],
        unique=False,
        schema="silver",
    )
    op.create_table(
        "retail_transactions",
        sa.Column("file_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("invoice_no", sa.Text(), nullable=False),
        sa.Column("stock_code", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("invoice_date", sa.Date(), nullable=False),
        sa.Column("is_cancellation", sa.Boolean(), nullable=False),
        sa.Column("total_price", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("month", sa.SmallInteger(), nullable=False),
        sa.Column("day_of_week", sa.SmallInteger(), nullable=False),
        sa.Column("surrogate_key", sa.Text(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=False),
        sa.Column("ingestion_timestamp", sa.DateTime(timezone=True), nullable=False),
        sa.Column("processing_date", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", "line_no", name=op.f("retail_transactions_pkey")),
        schema="silver",
        comment="One row per bronze row of an active file that meets every expectation. day_of_week: 1 = Sunday to 7 = Saturday; surrogate_key is a label, the key is file_id, line_no.",
    )
    op.create_table(
        "artifact",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("joblib", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["segments.model.run_id"], name=op.f("artifact_run_id_fkey")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("artifact_pkey")),
        schema="segments",
        comment="One row per training run: the fitted estimator as joblib wrote it; loaded only under model.sha256.",
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
        comment="One row per run and cluster: its customers and the mean and median of their features.",
    )
    op.create_table(
        "customer_segment",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("recency", sa.Integer(), nullable=False),
        sa.Column("frequency", sa.Integer(), nullable=False),
        sa.Column("monetary", sa.Numeric(precision=24, scale=2), nullable=False),
        sa.Column("cluster", sa.SmallInteger(), nullable=False),
        sa.Column("kmeans", sa.Text(collation="C"), nullable=False),
        sa.Column("rules", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["segments.model.run_id"], name=op.f("customer_segment_run_id_fkey")),
        sa.PrimaryKeyConstraint("run_id", "customer_id", name=op.f("customer_segment_pkey")),
        schema="segments",
        comment="One row per run and customer: the features on as_of (recency in days), the cluster, and the slug of the segment that each scheme (kmeans, rules) gives.",
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
        "published",
        sa.Column("is_only", sa.Boolean(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("is_only", name=op.f("published_is_only_check")),
        sa.ForeignKeyConstraint(["run_id"], ["segments.model.run_id"], name=op.f("published_run_id_fkey")),
        sa.PrimaryKeyConstraint("is_only", name=op.f("published_pkey")),
        schema="segments",
        comment="The one row that says which run is being served.",
    )
    op.create_table(
        "segment_summary",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(collation="C"), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("recommendation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
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
        comment="One row per run, scheme and segment of the table as it stood when the run was published; place is its place in the table, the features are null where a segment has no customers.",
    )
    for view, query in VIEWS.items():
        op.execute(f"create view quality.{view} as {query}")
        op.execute(f"comment on view quality.{view} is '{COMMENTS[view]}'")


def downgrade() -> None:
    for schema in reversed(SCHEMAS):
        op.execute(f"drop schema if exists {schema} cascade")
