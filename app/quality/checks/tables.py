"""Tables of quality checks and alerts, and the values of their columns."""

from typing import Any, Final, Literal

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.db.metadata import is_one_of, metadata
from app.settings.check_list import CheckName

CheckOutcome = Literal["ok", "warn", "fail", "no_data"]
AlertKind = Literal["failed", "recovered"]
AlertState = Literal["pending", "sent", "exhausted"]
SUBJECT: Final = ("check_name", "source", "item")


def _result_columns() -> list[Column[Any]]:
    return [
        Column("day", Date),
        Column("value", Numeric),
        Column("expected_low", Numeric),
        Column("expected_high", Numeric),
        Column("outcome", Text, nullable=False),
        Column("message", Text, nullable=False),
        Column("checked_at", DateTime(timezone=True), nullable=False),
    ]


check_result = Table(
    "check_result",
    metadata,
    Column("run_id", Uuid, primary_key=True),
    Column("check_name", Text(collation="C"), primary_key=True),
    Column("source", Text(collation="C"), primary_key=True),
    Column("item", Text(collation="C"), primary_key=True, server_default=""),
    *_result_columns(),
    CheckConstraint(is_one_of("check_name", CheckName), name="check_name"),
    CheckConstraint(is_one_of("outcome", CheckOutcome), name="outcome"),
    Index(None, "checked_at", "run_id"),
    schema="quality",
    comment=(
        "One row per run, quality check, source and item (the column of blank_share, else empty): the measured value, "
        "the expected range (null: unlimited), and the outcome with its remedy; day: day of sales that it is about. "
        "Runs of the schedule record only results that differ from the latest ones."
    ),
)

check_state = Table(
    "check_state",
    metadata,
    Column("check_name", Text(collation="C"), primary_key=True),
    Column("source", Text(collation="C"), primary_key=True),
    Column("item", Text(collation="C"), primary_key=True, server_default=""),
    Column("run_id", Uuid, nullable=False),
    *_result_columns(),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("is_alerting", Boolean, nullable=False, server_default="false"),
    CheckConstraint(is_one_of("check_name", CheckName), name="check_name"),
    CheckConstraint(is_one_of("outcome", CheckOutcome), name="outcome"),
    schema="quality",
    comment=(
        "One row per quality check, source and item: its latest result, and since when it has this outcome. "
        "is_alerting: it has failed, and has not been ok or warn since."
    ),
)

alert = Table(
    "alert",
    metadata,
    Column("alert_id", BigInteger, Identity(always=True), primary_key=True),
    Column("check_name", Text(collation="C"), nullable=False),
    Column("source", Text(collation="C"), nullable=False),
    Column("item", Text(collation="C"), nullable=False, server_default=""),
    Column("kind", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("state", Text, nullable=False, server_default="pending"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_attempt_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("delivered", ARRAY(Text), nullable=False, server_default="{}"),
    Column("error", Text),
    CheckConstraint(is_one_of("kind", AlertKind), name="kind"),
    CheckConstraint(is_one_of("state", AlertState), name="state"),
    Index("alert_pending_ix", "next_attempt_at", postgresql_where=text("state = 'pending'")),
    schema="quality",
    comment=(
        "One row per alert that a quality check has failed or recovered, written with the result. delivered: "
        "receivers, by kind and hash of their address, that accepted it; exhausted: no attempt follows, although a "
        "receiver did not accept it."
    ),
)
