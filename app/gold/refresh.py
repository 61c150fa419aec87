"""Refresh of gold: features of the customers with sales or returns in added or removed files, and sums by period."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from app.contract.model import Overlap
from app.db.sql import named
from app.gold.identifiers import LONGEST_IDENTIFIER
from app.gold.lock import lock_gold
from app.gold.sales_periods import ChangedSales, days_of_files, refresh_periods, refresh_uncounted


def refresh(
    connection: Connection,
    *,
    added: Sequence[int],
    removed: Sequence[int] = (),
    renewed: Sequence[int] = (),
    refreshed_at: datetime,
    overlap: Overlap = "warn",
    identifiers: Sequence[str] = (),
) -> int:
    """Update gold after files became active or inactive; return the number of customers written.

    The duration depends on the size of the files and the sales of their months, not on the number of earlier files.
    Takes the lock of gold. No file is in two lists.

    Args:
        renewed: active files whose rows in silver have changed.
        identifiers: columns by which customers can be looked up.
        overlap: `once`: an invoice in several active files counts from the newest of them; otherwise from all.
    """
    lock_gold(connection)
    changed = ChangedSales()
    if renewed:
        # The contribution of a file is removed whole first: some lines of an invoice may have been in silver already.
        _refresh_customers(connection, changed, [], renewed, refreshed_at, overlap)
    added = [*added, *renewed]
    _add(connection, added, identifiers)
    customers = _refresh_customers(connection, changed, added, removed, refreshed_at, overlap)
    refresh_periods(connection, changed)
    return customers


def _add(connection: Connection, added: Sequence[int], identifiers: Sequence[str]) -> None:
    connection.execute(named(__package__, "add_contributions"), {"added": added})
    if identifiers and added:
        named_columns = {"added": added, "identifiers": list(identifiers), "longest": LONGEST_IDENTIFIER}
        connection.execute(named(__package__, "identify"), named_columns)


def _refresh_customers(
    connection: Connection,
    changed: ChangedSales,
    added: Sequence[int],
    removed: Sequence[int],
    refreshed_at: datetime,
    overlap: Overlap,
) -> int:
    """Update the customers of files whose invoices were added, or are to be removed; add the days that changed."""
    files = {"added": list(added), "removed": list(removed)}
    if overlap == "once":
        connection.execute(named(__package__, "mark_invoices"), {"added": files["added"]})
    count = "count_once" if overlap == "once" else "count_changes"
    counted = connection.execute(named(__package__, count), files).one()
    values = {"changes": counted.changes, "removed": files["removed"], "refreshed_at": refreshed_at}
    merged = connection.execute(named(__package__, "merge"), values).one()
    changed.add({*counted.recounted_days, *merged.days, *days_of_files(connection, [*added, *removed])})
    changed.move(merged.first_days)
    refresh_uncounted(connection, {*added, *counted.recounted_files} - {*removed}, removed=removed)
    if removed:
        connection.execute(named(__package__, "remove_contributions"), {"removed": files["removed"]})
    return int(merged.customers)
