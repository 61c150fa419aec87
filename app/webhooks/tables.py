"""Tables of the webhooks: who is told, with which secret, of what, and how it went."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.db.metadata import metadata

ENTERED, EXITED = "customer.segment.entered", "customer.segment.exited"
RUN_COMPLETED, QUALITY_FAILED, TEST = "run.completed", "quality.failed", "webhook.test"
ENDPOINT_STATES = ("active", "disabled", "gone")
DELIVERY_STATES = ("pending", "delivered", "exhausted", "failed")

webhook_endpoint = Table(
    "webhook_endpoint",
    metadata,
    Column("endpoint_id", Uuid, primary_key=True),
    Column("url", Text, nullable=False),
    Column("description", Text),
    Column("events", ARRAY(Text), nullable=False),
    Column("scheme", Text, nullable=False),
    Column("segments", ARRAY(Text)),
    Column("batch", Boolean, nullable=False),
    Column("state", Text, nullable=False, server_default="active"),
    Column("state_reason", Text),
    Column("failing_since", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("idempotency_key", Text),
    CheckConstraint("scheme in ('kmeans', 'rules')", name="scheme"),
    CheckConstraint(f"state in {ENDPOINT_STATES}", name="state"),
    Index(
        "webhook_endpoint_idempotency_key",
        "idempotency_key",
        unique=True,
        postgresql_where=text("idempotency_key is not null"),
    ),
    schema="webhooks",
    comment=(
        "One row per address that is told what happens: of which events, in which scheme, of which segments (null: "
        "all). batch: one event a run stands for all changes of it. failing_since is null where the last attempt went "
        "well."
    ),
)

webhook_secret = Table(
    "webhook_secret",
    metadata,
    Column("secret_id", BigInteger, Identity(always=True), primary_key=True),
    Column("endpoint_id", ForeignKey(webhook_endpoint.c.endpoint_id, ondelete="CASCADE"), nullable=False),
    Column("secret", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("expires_at", DateTime(timezone=True)),
    Column("idempotency_key", Text),
    UniqueConstraint("endpoint_id", "idempotency_key"),
    schema="webhooks",
    comment=(
        "One row per secret that signs what an endpoint is sent, in plain text, for signing needs it; expires_at is "
        "null of the newest."
    ),
)

webhook_event = Table(
    "webhook_event",
    metadata,
    Column("event_id", Text(collation="C"), primary_key=True),
    Column("type", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("customer_id", Text(collation="C")),
    Column("data", JSONB, nullable=False),
    Index(None, "created_at"),
    Index(None, "customer_id", postgresql_where=text("customer_id is not null")),
    schema="webhooks",
    comment=(
        "One row per event that at least one endpoint is told of, written in the transaction that made it true; "
        "customer_id is null where it is about no single customer."
    ),
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("delivery_id", BigInteger, Identity(always=True), primary_key=True),
    Column("event_id", ForeignKey(webhook_event.c.event_id, ondelete="CASCADE"), nullable=False),
    Column("endpoint_id", ForeignKey(webhook_endpoint.c.endpoint_id, ondelete="CASCADE"), nullable=False),
    Column("state", Text, nullable=False, server_default="pending"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_attempt_at", DateTime(timezone=True), server_default=func.clock_timestamp()),
    Column("claim", Uuid),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("last_attempt_at", DateTime(timezone=True)),
    Column("delivered_at", DateTime(timezone=True)),
    Column("status", SmallInteger),
    Column("response_body", Text),
    Column("error", Text),
    Column("idempotency_key", Text),
    UniqueConstraint("event_id", "endpoint_id"),
    CheckConstraint(f"state in {DELIVERY_STATES}", name="state"),
    CheckConstraint("(state = 'pending') = (next_attempt_at is not null)", name="next_attempt_at"),
    Index(None, "endpoint_id", "delivery_id"),
    Index("webhook_delivery_claimed_ix", "endpoint_id", postgresql_where=text("claim is not null")),
    Index("webhook_delivery_due_ix", "endpoint_id", "next_attempt_at", postgresql_where=text("state = 'pending'")),
    schema="webhooks",
    comment=(
        "One row per event and endpoint that is told of it. pending: at next_attempt_at it is sent, or, while somebody "
        "has claimed it, given up by him; status, response_body (1 kB) and error are those of the last attempt."
    ),
)
