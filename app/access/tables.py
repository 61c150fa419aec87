"""Tables of access control: API keys, rate windows, sessions, idempotency keys and the audit log."""

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
    Index("api_key_name_key", "name", unique=True, postgresql_where=text("revoked_at is null")),
    schema="access",
    comment=(
        "One row per API key, revoked ones included. Only the SHA-256 of a secret is stored; the previous secret is "
        "valid until previous_until. requests_a_minute: null for the default of the settings, 0 for no limit. "
        "last_used_at is accurate to a minute."
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
        "One row per key with a limit: the number of requests reserved by the API's processes for the minute from "
        "window_start; above the limit if the last reservation was granted only in part."
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
        "One row per write request, with any status. path is the path template, parameters are its parameters without "
        "ids of customers; key_id is `bootstrap` for REGULARS_API_KEY, `open` if no key is required."
    ),
)

dashboard_session = Table(
    "dashboard_session",
    metadata,
    Column("token_sha256", LargeBinary, primary_key=True),
    Column("key_id", Text(collation="C"), nullable=False),
    Column("secret_sha256", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index(None, "expires_at"),
    schema="access",
    comment=(
        "One row per browser that is signed in to the dashboard. Only the SHA-256 of its cookie's token is stored. "
        "The session has the scopes of the API key with this secret, and ends with it; key_id is `bootstrap` for "
        "REGULARS_API_KEY."
    ),
)

idempotency_key = Table(
    "idempotency_key",
    metadata,
    Column("owner", Text(collation="C"), primary_key=True),
    Column("key", Text(collation="C"), primary_key=True),
    Column("operation", Text, nullable=False),
    Column("request_hash", LargeBinary, nullable=False),
    Column("status", SmallInteger),
    Column("headers", JSONB),
    Column("body", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Index(None, "created_at"),
    schema="access",
    comment=(
        "One row per idempotency key of a client within 24 hours, with the response to its request; status, headers "
        "and body are null within the transaction that handles the request."
    ),
)
