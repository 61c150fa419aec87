"""Tables of the ledger and of freshness."""

from typing import Final, Literal

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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.db.metadata import is_one_of, metadata

FileState = Literal[
    "discovered",
    "loading",
    "loaded",
    "empty",
    "duplicate",
    "superseded",
    "rejected",
    "failed",
    "source_missing",
]
PENDING: Final[tuple[FileState, ...]] = ("discovered",)
ACTIVE: Final[tuple[FileState, ...]] = ("loaded", "empty", "source_missing")
NOT_LOADED: Final[tuple[FileState, ...]] = ("duplicate", "rejected", "failed")


source = Table(
    "source",
    metadata,
    Column("name", Text, primary_key=True),
    Column("location", Text, nullable=False),
    Column("is_configured", Boolean, nullable=False),
    Column("suffixes", ARRAY(Text), nullable=False, server_default="{}"),
    Column("not_read", JSONB, nullable=False, server_default="{}"),
    schema="pipeline",
    comment=(
        "One row per source: logical name, address that precedes its keys, and whether the latest ingest used it; "
        "not_read: number of its objects and members of archives whose suffix is none of suffixes, by suffix, at the "
        "last listing."
    ),
)

contract = Table(
    "contract",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("first_used_at", DateTime(timezone=True), nullable=False),
    Column("id_rules", Text, nullable=False),
    schema="pipeline",
    comment=(
        "One row per version of the data contract that files were validated by, with its YAML document. id_rules: how "
        "it reads ids of customers."
    ),
)

source_file = Table(
    "source_file",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("source", Text, nullable=False),
    Column("key", Text(collation="C"), nullable=False),
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
    Column("received_at", DateTime(timezone=True)),
    Column("loaded_at", DateTime(timezone=True)),
    Column("contract_sha256", Text),
    Column("quarantine_contract_sha256", Text),
    Column("reading_sha256", Text),
    Column("rows_skipped", Integer, nullable=False, server_default="0"),
    Column("archive_id", BigInteger),
    Column("not_read", JSONB(none_as_null=True)),
    Column("other_sheets", JSONB(none_as_null=True)),
    Column("columns", ARRAY(Text)),
    UniqueConstraint("source", "key", "sha256"),
    CheckConstraint(is_one_of("state", FileState), name="state"),
    CheckConstraint("rows_read = rows_loaded + rows_quarantined + rows_skipped", name="rows"),
    Index(
        "source_file_active_key",
        "source",
        "key",
        unique=True,
        postgresql_where=text(is_one_of("state", ACTIVE)),
    ),
    Index(None, "sha256"),
    Index(None, "state"),
    Index(None, "archive_id", postgresql_where=text("archive_id is not null")),
    Index(None, "duplicate_of_id", postgresql_where=text("state = 'duplicate'")),
    schema="pipeline",
    comment=(
        "One row per listed version of a source object; rows are never deleted. source is the logical name, key the "
        "path below its prefix: the identity of a file does not depend on the location of the source. "
        "received_at: when its rows were read into bronze; loaded_at: when it last became active. contract_sha256: "
        "hash of the contract that rejected the file or validated all its loaded rows; null for files loaded before "
        "contracts existed, and after rows that another contract had quarantined were loaded. "
        "quarantine_contract_sha256: hash of the contract that validated its quarantined rows; null after a replay "
        "validated some of them by another contract. reading_sha256: hash of the keys of the contract that determine "
        "how its bytes become bronze rows, or which members of an archive are files; null to list them again. "
        "archive_id: the archive, in the version that was listed last, of which this file is a member; not_read: "
        "number of members of an opened archive that are not read, by suffix, null for other files; other_sheets: "
        "name and rows of each visible sheet of a workbook that is not read, because the contract declares no sheet; "
        "columns: names of the header, null without one and for files received before they were recorded."
    ),
)

freshness = Table(
    "freshness",
    metadata,
    Column("singleton", Boolean, primary_key=True),
    Column("data_through", Date),
    Column("warning", Text),
    Column("gate_reason", Text),
    Column("computed_at", DateTime(timezone=True), nullable=False),
    Column("is_measured", Boolean, nullable=False, server_default="false"),
    CheckConstraint("singleton", name="singleton"),
    schema="pipeline",
    comment=(
        "One row: data_through is the latest invoice date in silver; warning is the reason of the quality warning, "
        "except for files of another contract (quality.data_warning), gate_reason the reason for which training runs "
        "are not published; both are null without one; is_measured is whether quality.data_warning is about gold as it "
        "is now."
    ),
)

freshness_day = Table(
    "freshness_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("data_through", Date),
    Column("warning", Text),
    schema="pipeline",
    comment="One row per day with an update of freshness: the values at the end of that day.",
)
