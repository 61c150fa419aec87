"""Rescore: all customers scored for a day by the published model, because recency grows without a purchase."""

from datetime import date

from app.db.engine import translate_db_errors
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.scored_day import check_scored_day
from app.segments.assign import AssignmentResult, rescore
from app.segments.model.segment_table.table import SegmentTable
from app.webhooks.outbox import emit_segment_changes


def rescore_customers(context: Context, run: Run, as_of: date) -> AssignmentResult:
    """Assign every customer as of a day by the model of the current run; nothing happens before the first one.

    Raises Misconfigured for a day that `check_scored_day` refuses.
    """
    with translate_db_errors(), run.begin(context.engine) as connection:
        check_scored_day(connection, context, as_of)
        assigned = rescore(connection, as_of, SegmentTable.load(), context.clock(), context.settings.forecast_days)
        emit_segment_changes(connection, assigned.first_change)
        run.check()
    run.step(f"scored {assigned.customers:,} customers as of {as_of}")
    run.counts.update(customers=assigned.customers)
    return assigned
