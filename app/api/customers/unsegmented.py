"""Customers without a segment because their returns reach the value of their sales."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, bindparam, not_, select

from app.api.core.dependencies import Reader
from app.api.core.forecasts import NO_SEGMENT, CustomerForecast
from app.gold.tables import customer_rfm

REASON: Final = "The customer's returns and cancellations reach the value of their sales."
WITHOUT_SEGMENT: Final[Mapping[str, None]] = dict.fromkeys(
    ("segment", "slug", "tier", "cluster", "segment_since", "recommendation")
)


def _all() -> Select[Any]:
    c = customer_rfm.c
    names = (
        *("customer_id", "country", "first_invoice_date", "last_invoice_date", "frequency"),
        *("monetary", "gross", "returned", "updated_at"),
    )
    return select(*(c[name] for name in names)).where(not_(c.is_segmented))


UNSEGMENTED_CUSTOMERS: Final = _all()
UNSEGMENTED_CUSTOMER: Final = UNSEGMENTED_CUSTOMERS.where(customer_rfm.c.customer_id == bindparam("customer_id"))


async def read_unsegmented(reader: Reader, customer_id: str) -> dict[str, Any] | None:
    """Return the fields of a profile, as of today; None for a customer that is unknown or has a segment."""
    rows = await reader.rows(UNSEGMENTED_CUSTOMER, {"customer_id": customer_id})
    if not rows:
        return None
    today = reader.settings.today
    forecast = {"p_alive": None, **dict.fromkeys(CustomerForecast.model_fields), "forecast_days": None}
    known = fields(rows[0]._mapping, today)  # noqa: SLF001  # _mapping is public API of SQLAlchemy
    return {**known, **WITHOUT_SEGMENT, **forecast, "forecast_reason": NO_SEGMENT, "as_of": today}


def fields(row: Mapping[Any, Any], today: date) -> dict[str, Any]:
    """Return the fields of a row of UNSEGMENTED_CUSTOMERS, with the recency and the reason."""
    return {**row, "recency": (today - row["last_invoice_date"]).days, "segment_reason": REASON}
