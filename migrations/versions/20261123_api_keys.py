"""Keys with scopes, their limits, and the audit log of writes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("key_id", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("previous_sha256", sa.LargeBinary(), nullable=True),
        moment("previous_until"),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("requests_a_minute", sa.Integer(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        moment("expires_at"),
        moment("revoked_at"),
        moment("last_used_at"),
        sa.CheckConstraint("requests_a_minute >= 0", name=op.f("api_key_requests_a_minute_check")),
        sa.CheckConstraint("(previous_sha256 is null) = (previous_until is null)", name=op.f("api_key_previous_check")),
        sa.PrimaryKeyConstraint("key_id", name=op.f("api_key_pkey")),
        schema="pipeline",
        comment=(
            "One row per key that was ever created; a revoked one stays. Of its secret only the SHA-256 is known; the "
            "one before a rotation holds until previous_until. requests_a_minute: null as the settings say, 0 without "
            "a limit. last_used_at is a minute old at most."
        ),
    )
    op.create_table(
        "rate_window",
        sa.Column("key_id", sa.Text(collation="C"), nullable=False),
        moment("window_start", nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["pipeline.api_key.key_id"], name=op.f("rate_window_key_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key_id", name=op.f("rate_window_pkey")),
        schema="pipeline",
        comment=(
            "One row per key with a limit: how many requests of the minute that begins at window_start the API's "
            "processes have taken to spend; more than the limit where the last of them got less than it asked for."
        ),
    )
    op.create_table(
        "audit_entry",
        sa.Column("entry_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        moment("at", nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(collation="C"), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("client", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("audit_entry_pkey")),
        schema="pipeline",
        comment=(
            "One row per request that wanted to write, whatever came of it. path is that of the reference, parameters "
            "those in it but for ids of customers; key_id is `bootstrap` for REGULARS_API_KEY, `open` where no key is "
            "asked."
        ),
    )
    op.create_index(op.f("audit_entry_key_id_entry_id_ix"), "audit_entry", ["key_id", "entry_id"], schema="pipeline")
    op.create_index(op.f("audit_entry_at_ix"), "audit_entry", ["at"], schema="pipeline")


def downgrade() -> None:
    for table in ("audit_entry", "rate_window", "api_key"):
        op.drop_table(table, schema="pipeline")
