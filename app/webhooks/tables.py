"""Tables of webhooks: endpoints, secrets, events, deliveries, and the values of their columns."""

from typing import Final, Literal

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

from app.db.metadata import is_one_of, metadata
from app.segments.model.schemes import AnySchemeName

SubscribedEvent = Literal[
    "customer.segment.entered", "customer.segment.exited", "run.completed", "quality.failed", "quality.recovered"
]
EventType = SubscribedEvent | Literal["customer.segments.changed", "webhook.test"]
"""Subscribed events, the event sent in place of entered and exited to batch endpoints, and the test event."""
EndpointState = Literal["active", "disabled", "gone"]
"""disabled: by a client, or after days of failures; gone: the receiver answered 410."""
DeliveryState = Literal["pending", "delivered", "exhausted", "failed"]
"""exhausted: every attempt failed; failed: the receiver answered 410, so no attempt follows."""
ENTERED: Final = "customer.segment.entered"
EXITED: Final = "customer.segment.exited"
RUN_COMPLETED: Final = "run.completed"
QUALITY_FAILED: Final = "quality.failed"
QUALITY_RECOVERED: Final = "quality.recovered"
TEST: Final = "webhook.test"

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
    CheckConstraint(is_one_of("scheme", AnySchemeName), name="scheme"),
    CheckConstraint(is_one_of("state", EndpointState), name="state"),
    schema="webhooks",
    comment=(
        "One row per endpoint: its URL, and the events, scheme and segments (null: all) to which it is subscribed. "
        "state: active; disabled (by a client, or after days of failures); gone (the receiver answered 410). batch: "
        "one event per run with the number of its changes. failing_since is null if the last attempt succeeded."
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
    schema="webhooks",
    comment=(
        "One row per secret of an endpoint, in plain text, because events are signed with it; expires_at is null for "
        "the newest."
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
        "One row per event with at least one subscribed endpoint, written in the transaction that caused it; "
        "customer_id is null if it is not about a single customer."
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
    UniqueConstraint("event_id", "endpoint_id"),
    CheckConstraint(is_one_of("state", DeliveryState), name="state"),
    CheckConstraint("(state = 'pending') = (next_attempt_at is not null)", name="next_attempt_at"),
    Index(None, "endpoint_id", "delivery_id"),
    Index("webhook_delivery_claimed_ix", "endpoint_id", postgresql_where=text("claim is not null")),
    Index("webhook_delivery_due_ix", "endpoint_id", "next_attempt_at", postgresql_where=text("state = 'pending'")),
    schema="webhooks",
    comment=(
        "One row per event and subscribed endpoint. pending: next_attempt_at is the time of the next attempt; while "
        "claim is set, it is the time at which the claim expires. exhausted: every attempt failed; failed: it was "
        "answered with 410. status, response_body (1 kB) and error are of the last attempt."
    ),
)
