"""Results of quality checks: run, record, and changes that people are alerted about."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from app.quality.checks.declarations import CHECKS, Check
from app.quality.checks.finding import CheckFinding
from app.quality.checks.measured import MeasuredSource
from app.quality.checks.tables import SUBJECT, AlertKind, CheckOutcome, alert, check_result, check_state
from app.settings.check_list import CheckName, Severities, SeveritySetting

log = logging.getLogger("regulars.quality")
LOCK: Final = select(func.pg_advisory_xact_lock(func.hashtext("regulars.check_quality")))
DIGITS: Final = 4
COMPARED: Final = ("day", "value", "expected_low", "expected_high", "outcome", "message")
Subject = tuple[CheckName, str, str]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result of a quality check about a source, or about one of its columns (item).

    Attributes:
        is_evaluated: False if an error ended the check; the outcome is no_data then.
    """

    check_name: CheckName
    source: str
    item: str
    day: date | None
    value: Decimal | None
    expected_low: Decimal | None
    expected_high: Decimal | None
    outcome: CheckOutcome
    message: str
    is_evaluated: bool = True

    @property
    def subject(self) -> Subject:
        """Check, source and item of the result."""
        return self.check_name, self.source, self.item

    def row(self) -> dict[str, Any]:
        """Return the columns of the result."""
        return {name: getattr(self, name) for name in (*SUBJECT, *COMPARED)}


@dataclass(frozen=True, slots=True)
class AlertChange:
    """A check that has failed or recovered since the latest result."""

    kind: AlertKind
    check_name: CheckName
    source: str
    item: str
    message: str
    day: date | None


@dataclass(frozen=True, slots=True)
class CheckRun:
    """Run in which checks are executed.

    Attributes:
        records_unchanged: whether results that equal the latest ones are recorded too.
    """

    run_id: UUID
    at: datetime
    records_unchanged: bool


def lock_checks(connection: Connection) -> None:
    """Lock the checks until the transaction ends; call it before measuring, so that results are recorded in order."""
    connection.execute(LOCK)


def run_checks(sources: Iterable[MeasuredSource], severities: Severities) -> list[CheckResult]:
    """Run every check that is not off on the measurements of each source; an error ends only the check with it."""
    return [
        result
        for source in sources
        for check, severity in _checks(severities)
        for result in _results(check, severity, source)
    ]


def skip_checks(source: str, severities: Severities, error: Exception) -> list[CheckResult]:
    """Return results of the checks of a source that could not be measured."""
    return [_result(check.name, severity, source, _unevaluated(error)) for check, severity in _checks(severities)]


def record_results(connection: Connection, results: Sequence[CheckResult], run: CheckRun) -> list[AlertChange]:
    """Record results and the state of each check; return those that have failed or recovered since.

    A check that has failed has recovered when it is ok or warns, not when it has no data. The caller has locked the
    checks.
    """
    states = {_subject(row): row for row in connection.execute(select(check_state)).mappings()}
    changed = [result for result in results if run.records_unchanged or _differs(result, states.get(result.subject))]
    if changed:
        recorded = {"run_id": run.run_id, "checked_at": run.at}
        connection.execute(insert(check_result), [{**result.row(), **recorded} for result in changed])
    for result in results:
        _update_state(connection, result, states.get(result.subject), run)
    gone = [states[subject] for subject in _gone(states, results)]
    if gone:
        c = check_state.c
        subjects = [_subject(row) for row in gone]
        connection.execute(delete(check_state).where(tuple_(c.check_name, c.source, c.item).in_(subjects)))
    return [*_alert_changes(results, states), *_ended(gone)]


def queue_alerts(connection: Connection, changes: Sequence[AlertChange]) -> None:
    """Queue an alert for each change; the worker sends it after the commit."""
    columns = ("kind", *SUBJECT, "message")
    if changes:
        connection.execute(insert(alert), [{name: getattr(each, name) for name in columns} for each in changes])


def has_results(connection: Connection) -> bool:
    """Return whether checks have ever run."""
    return connection.execute(select(check_state.c.check_name).limit(1)).first() is not None


def _checks(severities: Severities) -> Iterator[tuple[Check, SeveritySetting]]:
    for check in CHECKS:
        severity = check.severity_in(severities)
        if severity != "off":
            yield check, severity


def _results(check: Check, severity: SeveritySetting, source: MeasuredSource) -> list[CheckResult]:
    try:
        return [_result(check.name, severity, source.name, finding) for finding in check.find(source)]
    except Exception as error:
        log.exception("check %s of %s was not evaluated", check.name, source.name)
        return [_result(check.name, severity, source.name, _unevaluated(error))]


def _unevaluated(error: Exception) -> CheckFinding:
    # Without the text of the error, which may have values of sales.
    message = f"not evaluated because of an error ({type(error).__name__}): look it up in the worker's log"
    return CheckFinding("no_data", message, is_evaluated=False)


def _gone(states: Iterable[Subject], results: Iterable[CheckResult]) -> set[Subject]:
    """Return subjects that are no longer checked; of a check that was not evaluated, every item is kept."""
    found = {result.subject for result in results}
    unknown = {result.subject[:2] for result in results if not result.is_evaluated}
    return {subject for subject in states if subject not in found and subject[:2] not in unknown}


def _result(name: CheckName, severity: SeveritySetting, source: str, finding: CheckFinding) -> CheckResult:
    outcome: CheckOutcome = "ok"
    if finding.verdict == "no_data":
        outcome = "no_data"
    elif finding.verdict == "problem":
        outcome = "fail" if severity == "fail" else "warn"
    return CheckResult(
        check_name=name,
        source=source,
        item=finding.item,
        day=finding.day,
        value=_decimal(finding.value),
        expected_low=_decimal(finding.expected.low),
        expected_high=_decimal(finding.expected.high),
        outcome=outcome,
        message=finding.message,
        is_evaluated=finding.is_evaluated,
    )


def _decimal(number: float | None) -> Decimal | None:
    return None if number is None else Decimal(str(round(number, DIGITS)))


def _subject(row: Mapping[Any, Any]) -> Subject:
    return row["check_name"], row["source"], row["item"]


def _differs(result: CheckResult, state: Mapping[Any, Any] | None) -> bool:
    return state is None or any(getattr(result, name) != state[name] for name in COMPARED)


def _is_alerting(result: CheckResult, state: Mapping[Any, Any] | None) -> bool:
    was_alerting = state is not None and bool(state["is_alerting"])
    return result.outcome == "fail" or (was_alerting and result.outcome == "no_data")


def _update_state(connection: Connection, result: CheckResult, state: Mapping[Any, Any] | None, run: CheckRun) -> None:
    is_same = state is not None and state["outcome"] == result.outcome
    values = {
        **result.row(),
        "run_id": run.run_id,
        "checked_at": run.at,
        "since": state["since"] if state is not None and is_same else run.at,
        "is_alerting": _is_alerting(result, state),
    }
    updated = {name: value for name, value in values.items() if name not in SUBJECT}
    connection.execute(upsert(check_state).values(values).on_conflict_do_update(index_elements=SUBJECT, set_=updated))


def _alert_changes(
    results: Sequence[CheckResult], states: Mapping[Subject, Mapping[Any, Any]]
) -> Iterator[AlertChange]:
    for result in results:
        state = states.get(result.subject)
        was_alerting = state is not None and bool(state["is_alerting"])
        if _is_alerting(result, state) != was_alerting:
            kind: AlertKind = "recovered" if was_alerting else "failed"
            yield AlertChange(kind, *result.subject, result.message, result.day)


def _ended(gone: Iterable[Mapping[Any, Any]]) -> Iterator[AlertChange]:
    for state in gone:
        if state["is_alerting"]:
            yield AlertChange("recovered", *_subject(state), "no longer checked", state["day"])
