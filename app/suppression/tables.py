"""Table of erasures: the suppression list."""

from sqlalchemy import Column, DateTime, Index, Table, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.contract.id_rules import FIRST_RULES
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
    Column("id_rules", Text, nullable=False, server_default=FIRST_RULES),
    Column("spelling_hash", Text),
    UniqueConstraint("customer_hash"),
    Index(None, "erased_at", "erasure_id"),
    schema="privacy",
    comment=(
        "One row per erased customer. customer_hash is an HMAC-SHA-256 of the id, which cannot be computed without the "
        "key. id_rules: rules of the contract by which the id was read; spelling_hash: an HMAC-SHA-256 of the form "
        "that all spellings of the id have in common, by which the customer is recognised under other rules, null for "
        "erasures before contracts existed. removed: numbers of rows deleted, cleared or redacted, by table; exports: "
        "objects that may contain the customer; completed_at is null until these are deleted and the tables are "
        "vacuumed."
    ),
)
