"""Evaluation of custom segments after a change of their definitions, for the states that readers see."""

from app.db.engine import translate_db_errors
from app.gold.lock import lock_gold
from app.jobs.context import Context
from app.jobs.runs import Run
from app.segments.custom.evaluate import evaluate_segments
from app.segments.revisions import newest_revision, show_revision
from app.segments.summaries import record_day
from app.webhooks.outbox import emit_segment_changes


def evaluate_custom_segments(context: Context, run: Run) -> None:
    """Find the members of new versions of custom segments; before the first training run nothing happens."""
    with translate_db_errors(), run.begin(context.engine) as connection:
        lock_gold(connection)
        newest = newest_revision(connection)
        if newest is None:
            return
        first_change = evaluate_segments(connection, "assigned", context.clock())
        show_revision(connection, newest.revision)
        record_day(connection, newest.run_id, newest.as_of)
        emit_segment_changes(connection, first_change)
        run.check()
    run.step("evaluated the custom segments")
