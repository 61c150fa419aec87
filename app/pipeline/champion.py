"""Change of the champion by a person: promote or discard a challenger, roll back to an earlier champion."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, select, update

from app.db.engine import translate_db_errors
from app.errors import InvalidSelection, ModelConflict
from app.gold.lock import lock_gold
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.scored_day import check_scored_day
from app.segments.assign import AssignmentResult, assign_all
from app.segments.model.segment_table.table import SegmentTable
from app.segments.publish import analyze_tables, current_run_id, publish
from app.segments.registry_tables import ModelOutcome, model
from app.webhooks.outbox import emit_segment_changes

m = model.c
CHALLENGERS: tuple[ModelOutcome, ...] = ("held", "not_published")
CHAMPIONS: tuple[ModelOutcome, ...] = ("published", "promoted")
_WAS_PUBLISHED: Final = "it is published, or was; regulars models roll-back RUN publishes an earlier champion again"
_WAS_NOT: Final = "it is not published and never was; regulars models promote RUN publishes it"
REASONS: Final[Mapping[ModelOutcome, str]] = {
    "published": _WAS_PUBLISHED,
    "promoted": _WAS_PUBLISHED,
    "held": _WAS_NOT,
    "not_published": _WAS_NOT,
    "discarded": "it is discarded; train again (regulars train)",
}
"""Why a model of each outcome is neither a challenger nor an earlier champion."""


def publish_model(
    connection: Connection, context: Context, run_id: UUID, *, as_of: date, previous_run_id: UUID | None
) -> AssignmentResult:
    """Assign all customers by a registered model and make its run current; the caller holds the lock of gold."""
    now = context.clock()
    assigned = assign_all(
        connection,
        run_id,
        previous_run_id=previous_run_id,
        as_of=as_of,
        segment_table=SegmentTable.load(),
        now=now,
        forecast_days=context.settings.forecast_days,
    )
    publish(connection, run_id, as_of=as_of, published_at=now)
    analyze_tables(connection)
    emit_segment_changes(connection, assigned.first_change)
    return assigned


def promote(context: Context, run: Run, run_id: UUID) -> UUID:
    """Publish a challenger in place of the champion it was compared with; return the run of this champion.

    Raises InvalidSelection for an unknown run, ModelConflict for one that is no challenger of the current champion,
    Misconfigured for a day that `check_scored_day` refuses.
    """
    with translate_db_errors(), run.begin(context.engine) as connection:
        lock_gold(connection)  # two promotions at once: the second finds another champion
        current = check_challenger(connection, run_id)
        connection.execute(update(model).where(m.run_id == run_id).values(outcome="promoted"))
        _publish(connection, context, run, run_id, current)
    run.step(f"promoted {run_id}; before, {current} was current")
    return current


def roll_back(context: Context, run: Run, run_id: UUID) -> UUID:
    """Publish an earlier champion again, for the customers of today; return the run that it replaces.

    Raises InvalidSelection for an unknown run, ModelConflict for the champion and for a run that never was one,
    Misconfigured for a day that `check_scored_day` refuses.
    """
    with translate_db_errors(), run.begin(context.engine) as connection:
        lock_gold(connection)
        current = check_earlier_champion(connection, run_id)
        connection.execute(update(model).where(m.run_id == run_id).values(removed_at=None))
        _publish(connection, context, run, run_id, current)
    run.step(f"rolled back to {run_id}; before, {current} was current")
    return current


def discard(engine: Engine, run_id: UUID) -> None:
    """Discard a challenger: it cannot be promoted any more, and the policy counts anew.

    Raises InvalidSelection for an unknown run, ModelConflict for one that is no challenger.
    """
    with translate_db_errors(), engine.begin() as connection:
        lock_gold(connection)
        _check_outcome(_read(connection, run_id), CHALLENGERS, "discarded")
        connection.execute(update(model).where(m.run_id == run_id).values(outcome="discarded"))


def previous_champion(connection: Connection) -> UUID:
    """Return the champion that the current one first replaced; raises ModelConflict if there is none.

    After a roll back it is therefore the one before that, not the model that was rolled back.
    """
    current = current_run_id(connection)
    found: UUID | None = connection.execute(select(m.champion_run_id).where(m.run_id == current)).scalar_one_or_none()
    if found is None:
        raise ModelConflict(
            "there is no earlier champion to roll back to; regulars models list lists the models, and regulars models "
            "roll-back RUN publishes a later one"
        )
    return found


def check_challenger(connection: Connection, run_id: UUID) -> UUID:
    """Return the champion that a challenger was compared with; raises InvalidSelection or ModelConflict."""
    challenger, current = _read(connection, run_id), current_run_id(connection)
    _check_outcome(challenger, CHALLENGERS, "promoted")
    if current is None or challenger.champion_run_id != current:
        raise ModelConflict(
            f"run {run_id} cannot be promoted: it was compared with run {challenger.champion_run_id}, and run "
            f"{current} is current; train again (regulars train)"
        )
    return current


def check_earlier_champion(connection: Connection, run_id: UUID) -> UUID:
    """Return the champion that an earlier one would replace; raises InvalidSelection or ModelConflict."""
    earlier, current = _read(connection, run_id), current_run_id(connection)
    if run_id == current or current is None:
        raise ModelConflict(f"run {run_id} is current already; regulars models list lists the earlier champions")
    _check_outcome(earlier, CHAMPIONS, "rolled back to")
    return current


def _publish(connection: Connection, context: Context, run: Run, run_id: UUID, current: UUID) -> None:
    check_scored_day(connection, context, context.settings.today)
    assigned = publish_model(connection, context, run_id, as_of=context.settings.today, previous_run_id=current)
    run.counts.update(customers=assigned.customers)
    run.check()


def _read(connection: Connection, run_id: UUID) -> Any:
    found = connection.execute(select(m.outcome, m.champion_run_id).where(m.run_id == run_id)).one_or_none()
    if found is None:
        raise InvalidSelection(f"there is no training run {run_id}; regulars models list lists the models")
    return found


def _check_outcome(found: Any, allowed: tuple[ModelOutcome, ...], verb: str) -> None:
    if found.outcome not in allowed:
        raise ModelConflict(
            f"the run cannot be {verb}: {REASONS[found.outcome]}; regulars models list lists the models"
        )
