"""What changed for whom, what was published when, and the states that were replaced."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
