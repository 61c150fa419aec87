"""Change feed without a foreign key to the run, whose check takes as long as the insert of a change."""

from alembic import op

revision = "0013"
down_revision = "0012"

COMMENT = (
    "One row per change of a customer''s segment: first assigned, moved in a scheme, gone, or erased. change_id is "
    "assigned under one lock that is held until the commit, so that it increases in the order of the commits. Slugs "
    "and cause are null if there is none. Rows of erased customers are redacted, not deleted, because cursors refer to "
    "them: customer_id, slugs, clusters and causes are null. run_id: of segments.model, without a foreign key, whose "
    "check takes as long as the insert."
)


def upgrade() -> None:
    op.drop_constraint(op.f("customer_change_run_id_fkey"), "customer_change", schema="segments", type_="foreignkey")
    op.execute(f"comment on table segments.customer_change is '{COMMENT}'")


def downgrade() -> None:
    op.create_foreign_key(
        op.f("customer_change_run_id_fkey"),
        *("customer_change", "model", ["run_id"], ["run_id"]),
        source_schema="segments",
        referent_schema="segments",
    )
