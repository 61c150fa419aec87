"""Customers without a segment: their returns reach the value of their sales, or the look-back window has no sale."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, and_, bindparam, case, exists, func, not_, or_, select

from app.api.core.dependencies import Reader
from app.api.core.forecasts import NO_SEGMENT, CustomerForecast
from app.gold.tables import customer_rfm
from app.segments.registry_tables import model
from app.segments.tables import current_run, customer_segment

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
    days = select(model.c.window_days).join(current_run, current_run.c.run_id == model.c.run_id).scalar_subquery()
    is_without = not_(exists().where(customer_segment.c.customer_id == c.customer_id))
    reason = case(
        (not_(c.is_segmented), REASON),
        else_=func.concat("The customer has no sale that returns have left in the last ", days, " days."),
    )
    return select(*(c[name] for name in names), reason.label("segment_reason")).where(
        or_(not_(c.is_segmented), and_(days.is_not(None), is_without))
    )


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
    none: dict[str, Any] = {**WITHOUT_SEGMENT, "custom_segments": []}
    return {**known, **none, **forecast, "forecast_reason": NO_SEGMENT, "as_of": today}


def fields(row: Mapping[Any, Any], today: date) -> dict[str, Any]:
    """Return the fields of a row of UNSEGMENTED_CUSTOMERS, with the recency."""
    return {**row, "recency": max((today - row["last_invoice_date"]).days, 0)}
