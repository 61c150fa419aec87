"""Quality checks of the sources: after an ingest that changed data, and by the schedule, even when no file comes."""

import logging
from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection

from app.contract.model import Arrival
from app.db.engine import is_down, translate_db_errors
from app.errors import LeaseLost, Stopped
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.measure_data import now_in
from app.quality.checks.read import CheckedSource, read_measurements
from app.quality.checks.results import (
    AlertChange,
    CheckResult,
    CheckRun,
    has_results,
    lock_checks,
    queue_alerts,
    record_results,
    run_checks,
    skip_checks,
)
from app.settings.check_list import Severities
from app.source.open import declared_sources
from app.webhooks.outbox import emit_check_failed, emit_check_recovered

log = logging.getLogger("regulars.quality")


@translate_db_errors()
def check_quality(context: Context, run: Run) -> list[CheckResult]:
    """Check the quality of every source in a transaction of its own; record the results that differ."""
    with run.begin(context.engine) as connection:
        results, changes = _check(connection, context, run, records_unchanged=False)
    _report(run, results, changes)
    return results


def check_loaded_data(context: Context, run: Run, *, is_changed: bool) -> None:
    """Check the quality after an ingest, unless nothing has changed; record every result.

    The data are loaded: an error of the checks is logged, and does not fail the ingest.
    """
    try:
        with run.begin(context.engine) as connection:
            if not is_changed and has_results(connection):
                return
            results, changes = _check(connection, context, run, records_unchanged=True)
        _report(run, results, changes)
    except (Stopped, LeaseLost):
        raise
    except Exception as error:
        log.exception("run %s: the quality was not checked", run.run_id)
        if not is_down(error):
            run.step(f"the quality was not checked because of an error ({type(error).__name__})")


def _check(
    connection: Connection, context: Context, run: Run, *, records_unchanged: bool
) -> tuple[list[CheckResult], list[AlertChange]]:
    lock_checks(connection)
    severities = context.settings.quality_checks
    results = [result for source in _sources(context) for result in _results(connection, source, severities)]
    changes = record_results(connection, results, CheckRun(run.run_id, context.clock(), records_unchanged))
    for change in changes:
        emit = emit_check_failed if change.kind == "failed" else emit_check_recovered
        emit(connection, change.check_name, change.message, source=change.source, day=change.day)
    if context.settings.alert_urls is not None:
        queue_alerts(connection, changes)
    return results, changes


def _results(connection: Connection, source: CheckedSource, severities: Severities) -> list[CheckResult]:
    """Return the results of a source's checks; an error of its measurements concerns no other source."""
    try:
        with connection.begin_nested():
            measured = read_measurements(connection, source)
    except Exception as error:
        if is_down(error):
            raise
        log.exception("the checks of %s were not evaluated", source.name)
        return skip_checks(source.name, severities, error)
    return run_checks([measured], severities)


def _sources(context: Context) -> Iterator[CheckedSource]:
    """Yield the sources that are read: one without a location in the contract or the settings is not checked."""
    settings, declared = context.settings, declared_sources(context.settings)
    servers = [server for server in declared.contract.servers if server.location or settings.source]
    for name in dict.fromkeys(declared.name(server) for server in servers):
        zone = declared.source_contract(name).dialect.timezone
        due = settings.files_due.of_source(name)
        arrival = declared.contract.arrival if due is None else Arrival(until=due.until, weekdays=due.weekdays)
        yield CheckedSource(name, now_in(context, zone), arrival, declared.contract.overlap)


def _report(run: Run, results: list[CheckResult], changes: list[AlertChange]) -> None:
    outcomes = Counter(result.outcome for result in results)
    run.counts.update({f"checks_{outcome}": outcomes[outcome] for outcome in ("fail", "warn") if outcomes[outcome]})
    if unevaluated := sum(not result.is_evaluated for result in results):
        run.counts["checks_not_evaluated"] = unevaluated
    for change in changes:
        run.step(f"check {change.check_name} of {change.source} {change.kind}: {change.message}")
        log.warning(
            "run %s: check %s of %s %s: %s", run.run_id, change.check_name, change.source, change.kind, change.message
        )
