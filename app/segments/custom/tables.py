"""Tables of custom segments."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Index, Integer, Table, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB

from app.db.metadata import metadata

custom_segment = Table(
    "custom_segment",
    metadata,
    Column("slug", Text(collation="C"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("recommendation", JSONB, nullable=False),
    Column("condition", Text),
    Column("attribute_types", JSONB, nullable=False, server_default="{}"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("created_by", Text, nullable=False),
    Column("evaluated_at", DateTime(timezone=True)),
    Column("problem", Text),
    schema="segments",
    comment=(
        "One row per version of a custom segment; the newest one applies. condition: in the language of the contract's "
        "conditions, null if this version removes the segment; attribute_types: of the contract's attributes that it "
        "uses. evaluated_at: when the members were first those of this "
        "version; problem: why the condition cannot be evaluated by this version of the service."
    ),
)

custom_member = Table(
    "custom_member",
    metadata,
    Column("slug", Text(collation="C"), primary_key=True),
    Column("customer_id", Text(collation="C"), primary_key=True),
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("until_revision", BigInteger),
    Column("since", Date, nullable=False),
    Index(None, "customer_id"),
    Index("ix_custom_member_ended", "until_revision", postgresql_where=text("until_revision is not null")),
    schema="segments",
    comment=(
        "One row per membership of a customer in a custom segment: in the revisions from revision to the one before "
        "until_revision, null while it lasts. since: day on which it began."
    ),
)
