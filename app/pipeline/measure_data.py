"""Measurement of warnings about all data, after a change of gold or when a file is overdue."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from app.gold.lock import lock_gold
from app.jobs.context import Context
from app.pipeline.freshness import update_freshness
from app.pipeline.tables import freshness
from app.pipeline.validations import describe_others
from app.quality.data_warnings import measure_arrival, measure_data, warn_of_other_contract
from app.quality.missing_days import last_due_day
from app.source.open import DeclaredSources, declared_sources


def measure_changed_data(connection: Connection, context: Context) -> bool:
    """Measure the warnings about all files and customers, and update freshness; return whether the data had changed.

    If the data have not changed, only the warnings are measured that depend on the time and on the current contract.
    """
    lock_gold(connection)
    is_measured = connection.execute(select(freshness.c.is_measured)).scalar_one_or_none()
    if is_measured is None:
        return False
    settings, declared = context.settings, declared_sources(context.settings)
    due = _due_days(context, declared)
    if is_measured:
        is_changed = measure_arrival(connection, declared.contract, due)
    else:
        shares = (settings.gate_quarantined_share, settings.warn_quarantined_share)
        measure_data(connection, declared.contract, *shares, due)
        is_changed = True
    others = describe_others(connection, declared.contract, is_set=settings.is_contract_set)
    if warn_of_other_contract(connection, others) or is_changed:
        update_freshness(connection, context, is_measured=True)
    return not is_measured


def _due_days(context: Context, declared: DeclaredSources) -> dict[str, date]:
    """Return the newest day whose file is due, by source."""
    arrival = declared.contract.arrival
    if arrival is None:
        return {}
    zones = {declared.name(server): server.dialect.timezone for server in declared.contract.servers}
    return {name: last_due_day(arrival, now_in(context, zone)) for name, zone in zones.items()}


def now_in(context: Context, zone: str) -> datetime:
    """Return the time in a zone, on the day that counts as today."""
    now, as_of = context.clock().astimezone(ZoneInfo(zone)), context.settings.as_of
    return now if as_of is None else datetime.combine(as_of, now.timetz())
