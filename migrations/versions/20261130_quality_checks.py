"""Results of quality checks, alerts, blank values by column, and names of headers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

CHECKS = (
    "check_name in ('freshness', 'volume', 'revenue', 'blank_share', 'columns', 'customer_share', 'future_dates', "
    "'repeated_invoices')"
)
OUTCOMES = "outcome in ('ok', 'warn', 'fail', 'no_data')"
JOBS = (
    "job in ('ingest', 'retrain', 'replay', 'apply_contract', 'discard_quarantine', 'retain', 'export', 'purge', "
    "'check_quality')"
)
RESULT_COMMENT = (
    "One row per run, quality check, source and item (the column of blank_share, else empty): the measured value, "
    "the expected range (null: unlimited), and the outcome with its remedy; day: day of sales that it is about. Runs "
    "of the schedule record only results that differ from the latest ones."
)
STATE_COMMENT = (
    "One row per quality check, source and item: its latest result, and since when it has this outcome. is_alerting: "
    "it has failed, and has not been ok or warn since."
)
ALERT_COMMENT = (
    "One row per alert that a quality check has failed or recovered, written with the result. delivered: receivers, "
    "by kind and hash of their address, that accepted it; exhausted: no attempt follows, although a receiver did not "
    "accept it."
)
NULLS_COMMENT = (
    "One row per file and declared column of bronze whose blank values file_profile does not count: the number of its "
    "rows with a blank value."
)


def upgrade() -> None:
    op.add_column("source_file", sa.Column("columns", postgresql.ARRAY(sa.Text())), schema="pipeline")
    op.execute(f"comment on table pipeline.source_file is '{ledger_comment()}'")
    op.drop_constraint(op.f("job_run_job_check"), "job_run", schema="pipeline")
    op.create_check_constraint(op.f("job_run_job_check"), "job_run", JOBS, schema="pipeline")
    op.create_table(
        "file_nulls",
        sa.Column("file_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("column_name", sa.Text(collation="C"), nullable=False),
        sa.Column("nulls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", "column_name", name=op.f("file_nulls_pkey")),
        schema="quality",
        comment=NULLS_COMMENT,
    )
    _create_results()
    _create_states()
    _create_alerts()


def downgrade() -> None:
    raise NotImplementedError("version 0005 holds what version 0004 has no columns for; restore a backup instead")


def ledger_comment() -> str:
    found = op.get_bind().execute(sa.text("select obj_description('pipeline.source_file'::regclass)")).scalar_one()
    added = "columns: names of the header, null without one and for files received before they were recorded."
    return f"{found.removesuffix('.')}; {added}".replace("'", "''")


def _results() -> list[sa.Column]:
    return [
        sa.Column("day", sa.Date()),
        sa.Column("value", sa.Numeric()),
        sa.Column("expected_low", sa.Numeric()),
        sa.Column("expected_high", sa.Numeric()),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
    ]


def _subject() -> list[sa.Column]:
    return [
        sa.Column("check_name", sa.Text(collation="C"), nullable=False),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("item", sa.Text(collation="C"), server_default="", nullable=False),
    ]


def _create_results() -> None:
    op.create_table(
        "check_result",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        *_subject(),
        *_results(),
        sa.PrimaryKeyConstraint("run_id", "check_name", "source", "item", name=op.f("check_result_pkey")),
        sa.CheckConstraint(CHECKS, name=op.f("check_result_check_name_check")),
        sa.CheckConstraint(OUTCOMES, name=op.f("check_result_outcome_check")),
        schema="quality",
        comment=RESULT_COMMENT,
    )
    op.create_index(
        op.f("check_result_checked_at_run_id_ix"), "check_result", ["checked_at", "run_id"], schema="quality"
    )


def _create_states() -> None:
    op.create_table(
        "check_state",
        *_subject(),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        *_results(),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_alerting", sa.Boolean(), server_default="false", nullable=False),
        sa.PrimaryKeyConstraint("check_name", "source", "item", name=op.f("check_state_pkey")),
        sa.CheckConstraint(CHECKS, name=op.f("check_state_check_name_check")),
        sa.CheckConstraint(OUTCOMES, name=op.f("check_state_outcome_check")),
        schema="quality",
        comment=STATE_COMMENT,
    )


def _create_alerts() -> None:
    now = sa.text("clock_timestamp()")
    op.create_table(
        "alert",
        sa.Column("alert_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *_subject(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("delivered", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("alert_pkey")),
        sa.CheckConstraint("kind in ('failed', 'recovered')", name=op.f("alert_kind_check")),
        sa.CheckConstraint("state in ('pending', 'sent', 'exhausted')", name=op.f("alert_state_check")),
        schema="quality",
        comment=ALERT_COMMENT,
    )
    op.create_index(
        "alert_pending_ix",
        "alert",
        ["next_attempt_at"],
        schema="quality",
        postgresql_where=sa.text("state = 'pending'"),
    )
