"""Warnings about all data, found again after gold has changed."""

from sqlalchemy import Connection, select

from app.gold.lock import lock_gold
from app.jobs.context import Context
from app.pipeline.freshness import update_freshness
from app.pipeline.tables import freshness
from app.quality.data_warnings import measure_data
from app.source.open import declared_sources


def measure_changed_data(connection: Connection, context: Context) -> None:
    """Find the warnings about all files and customers, and update freshness, if anything has changed since."""
    lock_gold(connection)
    is_measured = connection.execute(select(freshness.c.is_measured)).scalar_one_or_none()
    if is_measured is False:
        settings = context.settings
        measure_data(connection, declared_sources(settings).contract, settings.gate_quarantined_share)
        update_freshness(connection, context, is_measured=True)
