"""Source of the features of customers: gold, or the invoices of a look-back window."""

from functools import cache
from typing import Final

from sqlalchemy import TextClause, text

from app.db.sql import rendered
from app.segments.scheme_columns import SLOTS

GOLD: Final = "gold.customer_rfm"
CHANGED: Final = (
    "c.updated_at > (select r.updated_at - interval '1 hour' from segments.current_run as r where r.singleton)"
)
"""Customers whose gold row changed since states were written last: an hour for clocks that differ, and for locks."""

OF_PAGE: Final = "and s.customer_id <= (select max(p.customer_id) from page as p)"


@cache
def on_customers(name: str, window_days: int | None, *, is_changed_only: bool = False) -> TextClause:
    """Load the named statement that reads `{{ customers }}`: those of gold, or those of a window; and SLOTS of schemes.

    Args:
        name: name of the statement, with the parameter `as_of`.
        window_days: number of days up to `as_of` whose invoices make the features; None for all of them.
        is_changed_only: whether only the window of customers whose gold row changed lately is read, so that an
            assignment after a load does not read all invoices. `{{ of changed }}` restricts their stored states.
            Otherwise `{{ page }}` and `{{ of page }}` limit what is read to the `size` customers after the id `after`.
    """
    is_restricted = is_changed_only and window_days is not None
    is_read = CHANGED if is_restricted else "true"
    days = "0" if window_days is None else str(int(window_days))
    source = rendered(__package__, "customers_of_window", {"days": days, "is read": is_read}).strip()
    stored = f"not exists (select from {GOLD} as c where c.customer_id = s.customer_id and not {CHANGED})"
    slots = {
        **SLOTS,
        "customers": GOLD if window_days is None else source,
        "of changed": f"and {stored}" if is_restricted else "",
        "page": "" if is_changed_only else "order by g.customer_id limit :size",
        "of page": "" if is_changed_only else OF_PAGE,
    }
    return text(rendered(__package__, name, slots))
