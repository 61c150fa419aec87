"""Tables of runs, their steps, and leases, and the values of their columns."""

from typing import Literal

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

from app.db.metadata import is_one_of, metadata

JobName = Literal[
    "ingest",
    "retrain",
    "rescore",
    "promote",
    "roll_back",
    "refit_value",
    "replay",
    "apply_contract",
    "discard_quarantine",
    "retain",
    "export",
    "purge",
    "check_quality",
    "report",
    "evaluate_segments",
]
RunState = Literal["queued", "running", "succeeded", "failed", "crashed", "cancelled", "coalesced"]
Trigger = Literal["api", "cli", "clock", "start", "retry", "first_sales"]
ErrorKind = Literal["infrastructure", "data", "configuration", "program"]

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
    Column("cancel_requested_at", DateTime(timezone=True)),
    UniqueConstraint("job", "scheduled_for"),
    CheckConstraint(is_one_of("job", JobName), name="job"),
    CheckConstraint(is_one_of("trigger", Trigger), name="trigger"),
    CheckConstraint(is_one_of("error_kind", ErrorKind), name="error_kind"),
    CheckConstraint(is_one_of("state", RunState), name="state"),
    Index("job_run_running_key", "job", unique=True, postgresql_where=text("state = 'running'")),
    Index(None, "scheduled_for", "run_id"),
    schema="pipeline",
    comment="One row per run of a job, requested by the schedule, the API or the command line.",
)

run_step = Table(
    "run_step",
    metadata,
    Column("run_id", Uuid, primary_key=True),
    Column("step_no", Integer, primary_key=True, autoincrement=False),
    Column("logged_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("message", Text, nullable=False),
    schema="pipeline",
    comment="One row per logged step of a run, in order; committed independently of the run's transactions.",
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
        "One row per lease: of the leader, or of a job. epoch increases with each new holder; holder is null after a "
        "release; times are by the database's clock."
    ),
)
