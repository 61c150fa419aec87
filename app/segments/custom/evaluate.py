"""Evaluation of custom segments: memberships, changes and summaries of a revision."""

import json
import logging
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, TextClause, delete, text
from sqlalchemy.exc import DataError, DBAPIError, ProgrammingError

from app.contract.conditions import InvalidCondition
from app.db.sql import named, rendered
from app.segments.custom.columns import CustomerCondition
from app.segments.custom.definitions import CustomSegment, newest_versions, record_evaluation
from app.segments.custom.distributions import delete_distribution, write_distribution
from app.segments.model.schemes import CUSTOM
from app.segments.revisions import Revision, newest_revision
from app.segments.tables import ChangeCause, RevisionKind, segment_summary

NOBODY: Final = {"columns": "", "joins": "", "last sales": "", "condition": "false"}
"""Parts of the evaluation of a segment that is removed."""
log = logging.getLogger("regulars.segments")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Evaluation of a custom segment.

    Attributes:
        segment: its newest version.
        position: its position among all.
        kind: kind of the revision.
        is_model_changed: whether the stored assignments are by another model, or by other edges of value bands.
    """

    segment: CustomSegment
    position: int
    kind: RevisionKind
    is_model_changed: bool

    def statement(self, condition: CustomerCondition | None) -> TextClause:
        """Return the statement that writes the members; without a condition nobody is one."""
        is_partial = self.kind == "assigned" and not self.segment.is_new
        slots = {**(condition.slots if condition else NOBODY)}
        slots["of changed"] = "s.revision = :revision" if is_partial else "true"
        return text(rendered(__package__, "evaluate", slots))

    def cause_of(self, condition: CustomerCondition | None) -> ChangeCause:
        """Return why customers join or leave."""
        if self.segment.is_new:
            return "definition"
        return "both" if self.is_model_changed and condition is not None and condition.is_of_model else "customer"


def evaluate_segments(
    connection: Connection, kind: RevisionKind, now: datetime, *, is_model_changed: bool = False
) -> int | None:
    """Bring the members of all custom segments up to the newest revision; return the lowest change_id of the changes.

    The caller's transaction holds the lock of gold and has written the states and forecasts of the customers. A segment
    whose condition is not valid, or cannot be evaluated, keeps its members, and the reason is stored.

    Args:
        connection: the transaction.
        kind: published or rescored: all customers are evaluated; assigned: those assigned in this revision.
        now: time of the evaluation.
        is_model_changed: whether the stored assignments were by another model, or by other edges of value bands.
    """
    state = newest_revision(connection)
    if state is None:
        return None
    firsts = [
        _evaluate(connection, Evaluation(segment, position, kind, is_model_changed), state, now)
        for position, segment in enumerate(newest_versions(connection))
        if segment.condition is not None or segment.is_new
    ]
    return min((first for first in firsts if first is not None), default=None)


def _evaluate(connection: Connection, evaluation: Evaluation, state: Revision, now: datetime) -> int | None:
    segment, problem, first = evaluation.segment, None, None
    try:
        condition = segment.parsed()
        values = {**_values(state, segment), "cause": evaluation.cause_of(condition)}
        with connection.begin_nested():
            first = connection.execute(evaluation.statement(condition), values).one().first_change
    except (InvalidCondition, ProgrammingError, DataError) as error:  # of one segment, which no other work waits for
        problem = str(error.orig).partition("\n")[0] if isinstance(error, DBAPIError) else str(error)
        log.warning("custom segment %s keeps its members: %s", segment.slug, problem)
    _summarise(connection, evaluation, state)
    record_evaluation(connection, segment, now, problem)
    return first


def _summarise(connection: Connection, evaluation: Evaluation, state: Revision) -> None:
    segment, summary = evaluation.segment, segment_summary.c
    if segment.condition is None:
        of_run = (summary.run_id == state.run_id, summary.scheme == CUSTOM, summary.slug == segment.slug)
        connection.execute(delete(segment_summary).where(*of_run))
        delete_distribution(connection, state.run_id, segment.slug)
        return
    shown = {
        "name": segment.name,
        "tier": segment.tier,
        "recommendation": json.dumps(asdict(segment.recommendation)),
        "position": evaluation.position,
    }
    connection.execute(named(__package__, "summarise"), {**_values(state, segment), **shown})
    write_distribution(connection, state.run_id, state.scored_as_of, segment.slug)


def _values(state: Revision, segment: CustomSegment) -> dict[str, Any]:
    names = ("run_id", "revision", "as_of", "scored_as_of")
    return {"slug": segment.slug, **{name: getattr(state, name) for name in names}}
