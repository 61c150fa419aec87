"""Sessions of the dashboard."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "dashboard_session",
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(collation="C"), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("dashboard_session_pkey")),
        schema="access",
        comment=(
            "One row per browser that is signed in to the dashboard. Only the SHA-256 of its cookie's token is "
            "stored. The session has the scopes of the API key with this secret, and ends with it; key_id is "
            "`bootstrap` for REGULARS_API_KEY."
        ),
    )
    op.create_index(
        op.f("dashboard_session_expires_at_ix"), "dashboard_session", ["expires_at"], unique=False, schema="access"
    )


def downgrade() -> None:
    raise NotImplementedError("version 0004 holds what version 0003 has no columns for; restore a backup instead")
