"""Outbox of OpenLineage events, and the state of their delivery."""

from typing import Final, Literal, get_args

from sqlalchemy import Boolean, CheckConstraint, Column, DateTime, ForeignKey, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from app.db.metadata import is_one_of, metadata
from app.jobs.tables import JobName, RunState, job_run

RunMoment = Literal["start", "end"]
RunEventType = Literal["START", "COMPLETE", "FAIL", "ABORT"]
TYPE_OF_STATE: Final[dict[RunState, RunEventType]] = {
    "succeeded": "COMPLETE",
    "failed": "FAIL",
    "crashed": "FAIL",
    "cancelled": "ABORT",
}
"""Type of the event about the end of a run, by its state."""
JOBS_WITH_LINEAGE: Final[tuple[JobName, ...]] = (
    *("ingest", "retrain", "rescore", "promote", "roll_back", "refit_value"),
    *("replay", "apply_contract", "export"),
)

openlineage_event = Table(
    "openlineage_event",
    metadata,
    Column("run_id", Uuid, ForeignKey(job_run.c.run_id, ondelete="CASCADE"), primary_key=True),
    Column("moment", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("event_time", DateTime(timezone=True), nullable=False),
    Column("body", JSONB(none_as_null=True)),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("sent_at", DateTime(timezone=True)),
    Column("error", Text),
    CheckConstraint(is_one_of("moment", get_args(RunMoment)), name="moment"),
    CheckConstraint(is_one_of("type", get_args(RunEventType)), name="type"),
    Index(
        "ix_openlineage_event_unsent",
        "event_time",
        postgresql_where=text("body is not null and sent_at is null and error is null"),
    ),
    schema="pipeline",
    comment=(
        "One row per run and moment (start, end) with an OpenLineage event. body: the event, without ids of customers; "
        "null once it is sent. error: answer of a receiver that refused the event for its content; such an event is "
        "not sent again. Rows are deleted with their runs."
    ),
)

openlineage_delivery = Table(
    "openlineage_delivery",
    metadata,
    Column("singleton", Boolean, primary_key=True),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("error", Text),
    Column("failed_at", DateTime(timezone=True)),
    CheckConstraint("singleton", name="singleton"),
    schema="pipeline",
    comment=(
        "One row once OpenLineage events are switched on. since: runs that started before have no events; failures: "
        "failed attempts in a row, with the error and the time of the latest; 0 and null after a success."
    ),
)
