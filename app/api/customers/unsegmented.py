"""Customers without a segment because returns took off all the money of their sales."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Select, bindparam, not_, select

from app.api.core.dependencies import Reader
from app.gold.tables import customer_rfm

REASON: Final = "Returns and cancellations took off all the money of this customer's sales."
WITHOUT_SEGMENT: Final[Mapping[str, None]] = dict.fromkeys(
    ("segment", "slug", "tier", "cluster", "segment_since", "recommendation")
)


def _one() -> Select[Any]:
    c = customer_rfm.c
    names = (
        *("customer_id", "country", "first_invoice_date", "last_invoice_date", "frequency"),
        *("monetary", "gross", "returned", "updated_at"),
    )
    is_requested = c.customer_id == bindparam("customer_id")
    return select(*(c[name] for name in names)).where(is_requested, not_(c.is_segmented))


ONE: Final = _one()


async def read_unsegmented(reader: Reader, customer_id: str) -> dict[str, Any] | None:
    """Return the fields of a profile, as of today, None for a customer that this is not the reason for."""
    rows = await reader.rows(ONE, {"customer_id": customer_id})
    if not rows:
        return None
    row, today = rows[0], reader.settings.today
    recency = (today - row.last_invoice_date).days
    known = {**row._mapping, "recency": recency, "as_of": today}  # noqa: SLF001  # its public name
    return {**known, **WITHOUT_SEGMENT, "segment_reason": REASON}
