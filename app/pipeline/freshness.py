"""Freshness and quality warnings of the data, updated with every change."""

from datetime import date
from json import dumps

from sqlalchemy import Connection, literal, select
from sqlalchemy.dialects.postgresql import insert

from app.db.sql import named
from app.jobs.context import Context
from app.pipeline.quality_warning import QUALITY_WARNING
from app.pipeline.tables import freshness, freshness_day
from app.quality.file_warnings import descriptions
from app.source.open import declared_sources
from app.webhooks.outbox import emit_quality_failed


def update_freshness(connection: Connection, context: Context, *, is_measured: bool = False) -> None:
    """Recompute pipeline.freshness and today's row of pipeline.freshness_day; emit an event if the gate closes.

    is_measured: whether the warnings about all data were found after the last change of gold.
    """
    settings, contract = context.settings, declared_sources(context.settings).contract
    values = {
        "warn_share": settings.warn_quarantined_share,
        "gate_share": settings.gate_quarantined_share,
        "today": settings.today,
        "computed_at": context.clock(),
        "is_measured": is_measured,
        "overlap": contract.overlap,
        "descriptions": dumps(descriptions(contract)),
    }
    connection.execute(named(__package__, "lock_freshness"))
    was_closed = connection.execute(select(freshness.c.gate_reason)).scalar_one_or_none() is not None
    connection.execute(named(__package__, "update_freshness"), values)
    now = connection.execute(select(freshness.c.gate_reason, freshness.c.data_through)).one()
    if now.gate_reason is not None and not was_closed:
        emit_quality_failed(connection, now.gate_reason, data_through=now.data_through)
    _record_day(connection, settings.today)


def _record_day(connection: Connection, today: date) -> None:
    """Update today's row. Requests with `as_of` of a day read the last update of that day."""
    columns = {"day": literal(today), "data_through": freshness.c.data_through, "warning": QUALITY_WARNING}
    new = insert(freshness_day).from_select([*columns], select(*columns.values()).select_from(freshness))
    updated = {name: new.excluded[name] for name in columns if name != "day"}
    connection.execute(new.on_conflict_do_update(index_elements=["day"], set_=updated))
