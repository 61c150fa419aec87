"""Custom segments: definitions with versions, memberships, and changes of them in the feed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"

TEXT = sa.Text(collation="C")
SCHEMES = "scheme in ('kmeans', 'rules', 'rfm', 'value', 'custom')"
GROUP_KINDS = "kind in ('cluster', 'kmeans', 'rules', 'rfm', 'value', 'custom')"
SCHEME_CAUSES = ("kmeans_cause", "rules_cause", "rfm_cause", "value_cause")
CAUSES = ("first", "customer", "model", "both", "definition", "gone", "erased")
KINDS = ("first", "moved", "joined", "left", "gone", "erased")
JOBS = (
    *("ingest", "retrain", "rescore", "promote", "roll_back", "refit_value", "replay"),
    *(
        "apply_contract",
        "discard_quarantine",
        "retain",
        "export",
        "purge",
        "check_quality",
        "report",
        "evaluate_segments",
    ),
)
SEGMENT_COMMENT = (
    "One row per version of a custom segment; the newest one applies. condition: in the language of the contract''s "
    "conditions, null if this version removes the segment; attribute_types: of the contract''s attributes that it "
    "uses. evaluated_at: when the members were first those of this version; problem: why the condition cannot be "
    "evaluated by this version of the service."
)
MEMBER_COMMENT = (
    "One row per membership of a customer in a custom segment: in the revisions from revision to the one before "
    "until_revision, null while it lasts. since: day on which it began."
)
CHANGE_COMMENT = (
    "One row per change of a customer''s segment: first assigned, moved in a scheme, joined or left a custom segment, "
    "gone, or erased. change_id is assigned under one lock that is held until the commit, so that it increases in the "
    "order of the commits. Slugs and cause are null if there is none. Rows of erased customers are redacted, not "
    "deleted, because cursors refer to them: customer_id, slugs, clusters and causes are null. run_id: of "
    "segments.model, without a foreign key, whose check takes as long as the insert."
)


def upgrade() -> None:
    op.execute("set local lock_timeout = '10s'")
    op.create_table(
        "custom_segment",
        sa.Column("slug", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("recommendation", postgresql.JSONB(), nullable=False),
        sa.Column("condition", sa.Text()),
        sa.Column("attribute_types", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("evaluated_at", sa.DateTime(timezone=True)),
        sa.Column("problem", sa.Text()),
        sa.PrimaryKeyConstraint("slug", "version", name=op.f("custom_segment_pkey")),
        schema="segments",
    )
    op.create_table(
        "custom_member",
        sa.Column("slug", TEXT, nullable=False),
        sa.Column("customer_id", TEXT, nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until_revision", sa.BigInteger()),
        sa.Column("since", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("slug", "customer_id", "revision", name=op.f("custom_member_pkey")),
        schema="segments",
    )
    op.create_index(op.f("custom_member_customer_id_ix"), "custom_member", ["customer_id"], schema="segments")
    op.create_index(
        "ix_custom_member_ended",
        "custom_member",
        ["until_revision"],
        schema="segments",
        postgresql_where=sa.text("until_revision is not null"),
    )
    op.execute(f"comment on table segments.custom_segment is '{SEGMENT_COMMENT}'")
    op.execute(f"comment on table segments.custom_member is '{MEMBER_COMMENT}'")
    for name, kind in (("before", TEXT), ("after", TEXT), ("cause", sa.Text())):
        op.add_column("customer_change", sa.Column(f"custom_{name}", kind), schema="segments")
    op.create_index(
        "ix_customer_change_joined",
        "customer_change",
        ["custom_after", "changed_at"],
        schema="segments",
        postgresql_where=sa.text("kind = 'joined'"),
    )
    op.execute(f"comment on table segments.customer_change is '{CHANGE_COMMENT}'")
    _replace_checks()


def _replace_checks() -> None:
    causes = (*SCHEME_CAUSES, "custom_cause")
    redacted = f"(customer_id is null) = (coalesce({', '.join(causes)}) is null)"
    checks = [
        ("segments", "segment_summary", "scheme", SCHEMES),
        ("segments", "segment_day", "scheme", SCHEMES),
        ("segments", "distribution", "kind", GROUP_KINDS),
        ("segments", "customer_change", "redacted", redacted),
        ("segments", "customer_change", "kind", f"kind in {KINDS}"),
        ("pipeline", "job_run", "job", f"job in {JOBS}"),
        ("webhooks", "webhook_endpoint", "scheme", SCHEMES),
        *(("segments", "customer_change", cause, f"{cause} in {CAUSES}") for cause in SCHEME_CAUSES),
    ]
    for schema, table, name, condition in checks:
        op.drop_constraint(op.f(f"{table}_{name}_check"), table, schema=schema)
        op.create_check_constraint(op.f(f"{table}_{name}_check"), table, condition, schema=schema)
    of_custom = op.f("customer_change_custom_cause_check")
    op.create_check_constraint(of_custom, "customer_change", f"custom_cause in {CAUSES}", schema="segments")


def downgrade() -> None:
    raise NotImplementedError("version 0016 holds what version 0015 has no columns for; restore a backup instead")
