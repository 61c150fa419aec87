"""Refresh of gold with the warnings that follow from it: invoices in several files."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from app.contract.model import Contract
from app.gold.lock import lock_gold
from app.gold.overlap import sharing
from app.gold.refresh import refresh
from app.quality.file_warnings import delete_warnings, measure_overlaps


def refresh_gold(
    connection: Connection,
    contract: Contract,
    refreshed_at: datetime,
    *,
    added: Sequence[int] = (),
    removed: Sequence[int] = (),
    renewed: Sequence[int] = (),
) -> int:
    """Update gold and the warnings about overlaps; return the number of customers written.

    Args:
        added, removed: files that became active, or inactive.
        renewed: active files whose rows in silver have changed.
    """
    overlap = contract.overlap
    lock_gold(connection)
    former = sharing(connection, [*removed, *renewed]) if removed or renewed else []
    customers = refresh(
        connection,
        added=added,
        removed=removed,
        renewed=renewed,
        refreshed_at=refreshed_at,
        overlap=overlap,
        identifiers=[column.name for column in contract.identifiers],
    )
    active = [*added, *renewed]
    found = measure_overlaps(connection, active, overlap)
    others = {*former, *(sharing(connection, found) if found else [])} - {*active}
    measure_overlaps(connection, others, overlap)
    delete_warnings(connection, removed, "overlap")
    return customers
