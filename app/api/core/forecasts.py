"""Forecasts in responses: fields of customers, days ahead, and the reason where there is no forecast."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

from app.api.core.schemas import Money
from app.segments.filters import Probability
from app.segments.forecasts import days_and_reason

NO_SEGMENT: Final = "Customers without a segment have no forecast."


class CustomerForecast(BaseModel):
    """Forecast of a customer for the days after as_of; null without one."""

    expected_purchases: Annotated[
        float | None, Field(description="Expected number of orders in the next `forecast_days` days; null without one.")
    ]
    clv: Annotated[Money | None, Field(description="Expected spend in the next `forecast_days` days.")]
    p_buys: Annotated[
        Probability | None, Field(description="Probability of at least one order in the next `forecast_days` days.")
    ]
    next_order: Annotated[
        date | None,
        Field(
            description="Day by which the next order has happened with probability 1/2; null if the customer will "
            "rather not order again, or not within ten years."
        ),
    ]


class ForecastHead(BaseModel):
    """Days ahead of the forecasts in a response, or the reason why there are none."""

    forecast_days: Annotated[int | None, Field(description="Days ahead of the forecasts; null without forecasts.")]
    forecast_reason: Annotated[str | None, Field(description="Why there are no forecasts, else null.")]


FORECAST_EXAMPLE: Final[dict[str, Any]] = {
    "expected_purchases": 7.0715,
    "clv": "1882.11",
    "p_buys": 0.9937,
    "next_order": "2026-05-11",
}
FORECAST_HEAD_EXAMPLE: Final[dict[str, Any]] = {"forecast_days": 90, "forecast_reason": None}


def forecast_fields(stored: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the fields of a ForecastHead from the column `forecast` of a snapshot."""
    days, reason = days_and_reason(stored)
    return {"forecast_days": days, "forecast_reason": reason}
