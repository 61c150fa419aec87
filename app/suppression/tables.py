"""Table of the erasures."""

from sqlalchemy import Column, DateTime, Index, Table, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.db.metadata import metadata

erasure = Table(
    "erasure",
    metadata,
    Column("erasure_id", Uuid, primary_key=True),
    Column("customer_hash", Text, nullable=False),
    Column("key_fingerprint", Text, nullable=False),
    Column("erased_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("requested_by", Text, nullable=False),
    Column("removed", JSONB, nullable=False),
    Column("exports", ARRAY(Uuid), nullable=False),
    Column("completed_at", DateTime(timezone=True)),
    UniqueConstraint("customer_hash"),
    Index(None, "erased_at", "erasure_id"),
    schema="privacy",
    comment=(
        "One row per customer who was erased; who it was nobody can tell without the key: customer_hash is an "
        "HMAC-SHA-256 of the id. removed: rows deleted or emptied, by table; exports: objects that had to go with him; "
        "completed_at is null until they are gone and the tables are swept."
    ),
)
