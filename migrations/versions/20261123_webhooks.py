"""Webhooks: endpoints, the outbox, deliveries."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

NOW = sa.text("clock_timestamp()")


def moment(name: str, *, nullable: bool = True, **given: Any) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, **given)


def upgrade() -> None:
    op.create_table(
        "webhook_endpoint",
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("events", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("segments", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("batch", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=True),
        moment("failing_since"),
        moment("created_at", nullable=False, server_default=NOW),
        moment("updated_at", nullable=False, server_default=NOW),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.CheckConstraint("scheme in ('kmeans', 'rules')", name=op.f("webhook_endpoint_scheme_check")),
        sa.CheckConstraint("state in ('active', 'disabled', 'gone')", name=op.f("webhook_endpoint_state_check")),
        sa.PrimaryKeyConstraint("endpoint_id", name=op.f("webhook_endpoint_pkey")),
        schema="pipeline",
        comment=(
            "One row per address that is told what happens: of which events, in which scheme, of which segments (null: "
            "all). batch: one event a run stands for all changes of it. failing_since is null where the last attempt "
            "went well."
        ),
    )
    op.create_index(
        "webhook_endpoint_idempotency_key",
        "webhook_endpoint",
        ["idempotency_key"],
        unique=True,
        schema="pipeline",
        postgresql_where=sa.text("idempotency_key is not null"),
    )
    op.create_table(
        "webhook_secret",
        sa.Column("secret_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        moment("created_at", nullable=False, server_default=NOW),
        moment("expires_at"),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["pipeline.webhook_endpoint.endpoint_id"],
            name=op.f("webhook_secret_endpoint_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("secret_id", name=op.f("webhook_secret_pkey")),
        sa.UniqueConstraint(
            "endpoint_id", "idempotency_key", name=op.f("webhook_secret_endpoint_id_idempotency_key_key")
        ),
        schema="pipeline",
        comment=(
            "One row per secret that signs what an endpoint is sent, in plain text, for signing needs it; expires_at "
            "is null of the newest."
        ),
    )
    op.create_table(
        "webhook_event",
        sa.Column("event_id", sa.Text(collation="C"), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        moment("created_at", nullable=False, server_default=NOW),
        sa.Column("customer_id", sa.Text(collation="C"), nullable=True),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("webhook_event_pkey")),
        schema="pipeline",
        comment=(
            "One row per event that at least one endpoint is told of, written in the transaction that made it true; "
            "customer_id is null where it is about no single customer."
        ),
    )
    op.create_index(op.f("webhook_event_created_at_ix"), "webhook_event", ["created_at"], schema="pipeline")
    op.create_index(
        op.f("webhook_event_customer_id_ix"),
        "webhook_event",
        ["customer_id"],
        schema="pipeline",
        postgresql_where=sa.text("customer_id is not null"),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("delivery_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.Text(collation="C"), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        moment("next_attempt_at", server_default=NOW),
        sa.Column("claim", sa.Uuid(), nullable=True),
        moment("created_at", nullable=False, server_default=NOW),
        moment("last_attempt_at"),
        moment("delivered_at"),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("response_body", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state in ('pending', 'delivered', 'exhausted', 'failed')", name=op.f("webhook_delivery_state_check")
        ),
        sa.CheckConstraint(
            "(state = 'pending') = (next_attempt_at is not null)", name=op.f("webhook_delivery_next_attempt_at_check")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["pipeline.webhook_event.event_id"],
            name=op.f("webhook_delivery_event_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["pipeline.webhook_endpoint.endpoint_id"],
            name=op.f("webhook_delivery_endpoint_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("webhook_delivery_pkey")),
        sa.UniqueConstraint("event_id", "endpoint_id", name=op.f("webhook_delivery_event_id_endpoint_id_key")),
        schema="pipeline",
        comment=(
            "One row per event and endpoint that is told of it. pending: at next_attempt_at it is sent, or, while "
            "somebody has claimed it, given up by him; status, response_body (1 kB) and error are those of the last "
            "attempt."
        ),
    )
    op.create_index(
        op.f("webhook_delivery_endpoint_id_delivery_id_ix"),
        "webhook_delivery",
        ["endpoint_id", "delivery_id"],
        schema="pipeline",
    )
    op.create_index(
        "webhook_delivery_claimed_ix",
        "webhook_delivery",
        ["endpoint_id"],
        schema="pipeline",
        postgresql_where=sa.text("claim is not null"),
    )
    op.create_index(
        "webhook_delivery_due_ix",
        "webhook_delivery",
        ["endpoint_id", "next_attempt_at"],
        schema="pipeline",
        postgresql_where=sa.text("state = 'pending'"),
    )


def downgrade() -> None:
    for table in ("webhook_delivery", "webhook_event", "webhook_secret", "webhook_endpoint"):
        op.drop_table(table, schema="pipeline")
