"""Tables of the ledger and of the runs."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

import app.pipeline.access.tables
import app.pipeline.erasure.tables
import app.pipeline.exports.tables
import app.pipeline.webhooks.tables  # noqa: F401  # its tables enter the metadata with these
from app.db.metadata import metadata

FILE_STATES = (
    "discovered",
    "loading",
    "loaded",
    "empty",
    "duplicate",
    "superseded",
    "rejected",
    "failed",
    "source_missing",
)
JOBS = ("ingest", "retrain", "replay", "discard", "retain", "export", "purge")
ERROR_KINDS = ("infrastructure", "data", "configuration", "program")
RUN_STATES = ("queued", "running", "succeeded", "failed", "crashed", "cancelled", "coalesced")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} in ({', '.join(repr(value) for value in values)})"


source_file = Table(
    "source_file",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("bucket", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("version_id", Text),
    Column("etag", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text),
    Column("last_modified", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False, server_default="discovered"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("supersedes_id", BigInteger),
    Column("duplicate_of_id", BigInteger),
    Column("rows_read", Integer),
    Column("rows_loaded", Integer),
    Column("rows_quarantined", Integer),
    Column("error", Text),
    Column("run_id", Uuid),
    Column("discovered_at", DateTime(timezone=True), nullable=False),
    Column("loaded_at", DateTime(timezone=True)),
    UniqueConstraint("bucket", "key", "sha256"),
    CheckConstraint(_one_of("state", FILE_STATES), name="state"),
    CheckConstraint("rows_read = rows_loaded + rows_quarantined", name="rows"),
    Index(
        "source_file_active_key",
        "bucket",
        "key",
        unique=True,
        postgresql_where=text("state in ('loaded', 'empty', 'source_missing')"),
    ),
    Index(None, "sha256"),
    Index(None, "state"),
    schema="pipeline",
    comment="One row per version of a source object that was ever seen; it never expires.",
)

freshness = Table(
    "freshness",
    metadata,
    Column("is_only", Boolean, primary_key=True),
    Column("data_through", Date),
    Column("concern", Text),
    Column("gate", Text),
    Column("noted_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("is_only", name="is_only"),
    schema="pipeline",
    comment=(
        "The one row that says how far the sales go (latest invoice date in silver) and what is wrong with them; "
        "concern is null where nothing is, gate where a training would be published."
    ),
)

freshness_day = Table(
    "freshness_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("data_through", Date),
    Column("concern", Text),
    schema="pipeline",
    comment="One row per day on which freshness was noted: what it said when that day ended.",
)

job_run = Table(
    "job_run",
    metadata,
    Column("run_id", Uuid, primary_key=True),
    Column("job", Text, nullable=False),
    Column("scheduled_for", DateTime(timezone=True), nullable=False),
    Column("trigger", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="queued"),
    Column("started_at", DateTime(timezone=True)),
    Column("heartbeat_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Column("parameters", JSONB, nullable=False, server_default=text("'{}'")),
    Column("counts", JSONB, nullable=False, server_default=text("'{}'")),
    Column("error", Text),
    Column("error_kind", Text),
    Column("idempotency_key", Text),
    Column("cancel_requested_at", DateTime(timezone=True)),
    UniqueConstraint("job", "scheduled_for"),
    CheckConstraint(_one_of("job", JOBS), name="job"),
    CheckConstraint(_one_of("error_kind", ERROR_KINDS), name="error_kind"),
    CheckConstraint(_one_of("state", RUN_STATES), name="state"),
    Index("job_run_running_key", "job", unique=True, postgresql_where=text("state = 'running'")),
    Index(
        "job_run_idempotency_key", "idempotency_key", unique=True, postgresql_where=text("idempotency_key is not null")
    ),
    Index(None, "scheduled_for", "run_id"),
    schema="pipeline",
    comment="One row per run of a job that was asked for, whether by the clock, the API or the command line.",
)

run_step = Table(
    "run_step",
    metadata,
    Column("run_id", Uuid, primary_key=True),
    Column("step_no", Integer, primary_key=True, autoincrement=False),
    Column("logged_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("message", Text, nullable=False),
    schema="pipeline",
    comment="One row per step that a run took, in the order in which it took them; kept when the run is rolled back.",
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("holder", Text),
    Column("acquired_at", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True)),
    schema="pipeline",
    comment=(
        "One row per thing that one process does at a time: leading, or a job. epoch grows with every change of hands; "
        "holder is null where it was given back; times are the database's."
    ),
)
