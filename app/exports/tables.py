"""Table of the objects that exports wrote."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, DateTime, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from app.db.metadata import metadata

OBJECT_STATES = ("writing", "written", "failed", "withdrawn", "deleted")

export_object = Table(
    "export_object",
    metadata,
    Column("export_id", Uuid, primary_key=True),
    Column("run_id", Uuid, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("format", Text, nullable=False),
    Column("filters", JSONB, nullable=False),
    Column("target", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("version_id", Text),
    Column("state", Text, nullable=False, server_default="writing"),
    Column("customers", Integer),
    Column("bytes", BigInteger),
    Column("sha256", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("written_at", DateTime(timezone=True)),
    Column("deleted_at", DateTime(timezone=True)),
    CheckConstraint(f"state in {OBJECT_STATES}", name="state"),
    CheckConstraint("format in ('csv', 'ndjson', 'parquet')", name="format"),
    Index(None, "created_at", "export_id"),
    schema="pipeline",
    comment=(
        "One row per object that an export wrote, or began to; its id is that of the job's run, run_id the "
        "training's. It stands here before its first byte leaves: an object that is not here is not ours, and one "
        "that holds a customer can be found. Sizes and SHA-256 are null until it is whole; deleted_at is null "
        "until it is deleted."
    ),
)
