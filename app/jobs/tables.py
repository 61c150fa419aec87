"""Tables of runs, their steps, and leases."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.db.metadata import metadata

JOBS = ("ingest", "retrain", "replay", "discard", "retain", "export", "purge")
ERROR_KINDS = ("infrastructure", "data", "configuration", "program")
RUN_STATES = ("queued", "running", "succeeded", "failed", "crashed", "cancelled", "coalesced")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} in ({', '.join(repr(value) for value in values)})"


job_run = Table(
    "job_run",
    metadata,
    Column("run_id", Uuid, primary_key=True),
    Column("job", Text, nullable=False),
    Column("scheduled_for", DateTime(timezone=True), nullable=False),
    Column("trigger", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="queued"),
    Column("started_at", DateTime(timezone=True)),
    Column("heartbeat_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Column("parameters", JSONB, nullable=False, server_default=text("'{}'")),
    Column("counts", JSONB, nullable=False, server_default=text("'{}'")),
    Column("error", Text),
    Column("error_kind", Text),
    Column("idempotency_key", Text),
    Column("cancel_requested_at", DateTime(timezone=True)),
    UniqueConstraint("job", "scheduled_for"),
    CheckConstraint(_one_of("job", JOBS), name="job"),
    CheckConstraint(_one_of("error_kind", ERROR_KINDS), name="error_kind"),
    CheckConstraint(_one_of("state", RUN_STATES), name="state"),
    Index("job_run_running_key", "job", unique=True, postgresql_where=text("state = 'running'")),
    Index(
        "job_run_idempotency_key", "idempotency_key", unique=True, postgresql_where=text("idempotency_key is not null")
    ),
    Index(None, "scheduled_for", "run_id"),
    schema="pipeline",
    comment="One row per run of a job that was asked for, whether by the clock, the API or the command line.",
)

run_step = Table(
    "run_step",
    metadata,
    Column("run_id", Uuid, primary_key=True),
    Column("step_no", Integer, primary_key=True, autoincrement=False),
    Column("logged_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("message", Text, nullable=False),
    schema="pipeline",
    comment="One row per step that a run took, in the order in which it took them; kept when the run is rolled back.",
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("holder", Text),
    Column("acquired_at", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True)),
    schema="pipeline",
    comment=(
        "One row per thing that one process does at a time: leading, or a job. epoch grows with every change of hands; "
        "holder is null where it was given back; times are the database's."
    ),
)
