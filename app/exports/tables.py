"""Table of exported objects."""

from typing import Literal

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, DateTime, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from app.db.metadata import is_one_of, metadata
from app.exports.formats import FormatName

ObjectState = Literal["writing", "written", "failed", "withdrawn", "deleted"]

export_object = Table(
    "export_object",
    metadata,
    Column("export_id", Uuid, primary_key=True),
    Column("training_run_id", Uuid, nullable=False),
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
    CheckConstraint(is_one_of("state", ObjectState), name="state"),
    CheckConstraint(is_one_of("format", FormatName), name="format"),
    Index(None, "created_at", "export_id"),
    schema="pipeline",
    comment=(
        "One row per exported object, complete or not. export_id is the id of the job's run. The row is inserted "
        "before the first byte is written, so that every object that may contain a customer is registered. Sizes and "
        "SHA-256 are null until the object is complete, deleted_at until it is deleted."
    ),
)
