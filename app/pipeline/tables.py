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
    Column("singleton", Boolean, primary_key=True),
    Column("data_through", Date),
    Column("warning", Text),
    Column("gate_reason", Text),
    Column("noted_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("singleton", name="singleton"),
    schema="pipeline",
    comment=(
        "The one row that says how far the sales go (latest invoice date in silver) and what is wrong with them; "
        "warning is null where nothing is, gate_reason where a training would be published."
    ),
)

freshness_day = Table(
    "freshness_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("data_through", Date),
    Column("warning", Text),
    schema="pipeline",
    comment="One row per day on which freshness was noted: what it said when that day ended.",
)
