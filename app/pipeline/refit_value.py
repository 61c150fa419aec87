"""Refit of the edges between value bands, requested by a person, and the assignment of all customers by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, select

from app.db.engine import translate_db_errors
from app.errors import ModelConflict
from app.gold.lock import lock_gold
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.scored_day import check_scored_day
from app.segments.assign import AssignmentResult, rescore
from app.segments.forecasts import is_fitted
from app.segments.model.customer import format_amount
from app.segments.model.segment_table.table import SegmentTable
from app.segments.registry_tables import model
from app.segments.tables import current_run
from app.segments.value_edges import read_edges
from app.webhooks.outbox import emit_segment_changes


@dataclass(frozen=True, slots=True)
class RefitResult:
    """Outcome of a refit.

    Attributes:
        before: edges before, None before the first fit.
        after: edges after.
        assigned: assignment of the customers.
    """

    before: tuple[Decimal, ...] | None
    after: tuple[Decimal, ...]
    assigned: AssignmentResult


def refit_value(context: Context, run: Run, as_of: date) -> RefitResult:
    """Measure the edges on the forecasts of a day, and assign all customers by them, in one transaction.

    Raises ModelConflict without a published model that has a forecast, Misconfigured for a day that `check_scored_day`
    refuses.
    """
    with translate_db_errors(), run.begin(context.engine) as connection:
        lock_gold(connection)
        check_refit(connection)
        check_scored_day(connection, context, as_of)
        before = read_edges(connection)
        table, days = SegmentTable.load(), context.settings.forecast_days
        assigned = rescore(connection, as_of, table, context.clock(), days, is_refit=True)
        after = read_edges(connection)
        emit_segment_changes(connection, assigned.first_change)
        run.check()
    result = RefitResult(before.edges if before else None, after.edges if after else (), assigned)
    if result.before is not None:
        run.step(f"edges before: {edges_in_words(result.before)}")
    run.step(f"edges now: {edges_in_words(result.after)}; {assigned.customers:,} customers as of {as_of}")
    run.counts.update(customers=assigned.customers)
    return result


def check_refit(connection: Connection) -> None:
    """Raise ModelConflict without a published model that has a forecast."""
    statement = select(model.c.forecast).join(current_run, current_run.c.run_id == model.c.run_id)
    found = connection.execute(statement).one_or_none()
    if found is None:
        raise ModelConflict("no value bands can be fitted before a model is published; train first (regulars train)")
    if not is_fitted(found.forecast):
        reason = (found.forecast or {}).get("reason", "the model was trained by an earlier version")
        raise ModelConflict(f"no value bands can be fitted without a forecast: {reason}")


def edges_in_words(edges: Sequence[Decimal]) -> str:
    """Return edges as a list of amounts."""
    return " · ".join(format_amount(edge) for edge in edges) or "none, all customers are expected to spend the same"
