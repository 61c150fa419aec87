"""Tables of the access: keys, how much of their limits is taken, and what was written with them."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.db.metadata import metadata

api_key = Table(
    "api_key",
    metadata,
    Column("key_id", Text(collation="C"), primary_key=True),
    Column("name", Text, nullable=False),
    Column("secret_sha256", LargeBinary, nullable=False),
    Column("previous_sha256", LargeBinary),
    Column("previous_until", DateTime(timezone=True)),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("requests_a_minute", Integer),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("expires_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    Column("last_used_at", DateTime(timezone=True)),
    CheckConstraint("requests_a_minute >= 0", name="requests_a_minute"),
    CheckConstraint("(previous_sha256 is null) = (previous_until is null)", name="previous"),
    schema="access",
    comment=(
        "One row per key that was ever created; a revoked one stays. Of its secret only the SHA-256 is known; the one "
        "before a rotation holds until previous_until. requests_a_minute: null as the settings say, 0 without a limit. "
        "last_used_at is a minute old at most."
    ),
)

rate_window = Table(
    "rate_window",
    metadata,
    Column("key_id", Text(collation="C"), ForeignKey(api_key.c.key_id, ondelete="CASCADE"), primary_key=True),
    Column("window_start", DateTime(timezone=True), nullable=False),
    Column("taken", Integer, nullable=False),
    schema="access",
    comment=(
        "One row per key with a limit: how many requests of the minute that begins at window_start the API's "
        "processes have taken to spend; more than the limit where the last of them got less than it asked for."
    ),
)

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("entry_id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("request_id", Text, nullable=False),
    Column("key_id", Text(collation="C"), nullable=False),
    Column("method", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("parameters", JSONB, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("client", Text),
    Index(None, "key_id", "entry_id"),
    Index(None, "at"),
    schema="access",
    comment=(
        "One row per request that wanted to write, whatever came of it. path is that of the reference, parameters "
        "those in it but for ids of customers; key_id is `bootstrap` for REGULARS_API_KEY, `open` where no key is "
        "asked."
    ),
)
