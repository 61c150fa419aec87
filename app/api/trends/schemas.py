"""Schemas of sales by period, and of cohorts."""

from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, Field

from app.api.core.freshness import FRESHNESS_EXAMPLE, NullableFreshness
from app.api.core.schemas import Currency, Money, Page, Share, example, list_example

SALES_EXAMPLE: Final = {
    "period_start": "2026-04-01",
    "period_end": "2026-04-30",
    "revenue": "729900.46",
    "growth": 0.0351,
    "orders": 1926,
    "customers": 1155,
    "new_customers": 401,
    "average_order_value": "378.97",
    "uncounted_revenue": "125053.46",
    "uncounted_rows": 10010,
    "currency": "GBP",
}
COHORT_EXAMPLE: Final = {
    "cohort": "2026-03-01",
    "customers": 502,
    "revenue": "336476.75",
    "currency": "GBP",
    "months": [
        {"months_since": 0, "month": "2026-03-01", "customers": 502, "share": 1.0, "revenue": "242353.80"},
        {"months_since": 1, "month": "2026-04-01", "customers": 164, "share": 0.3267, "revenue": "94122.95"},
    ],
}


class SalesOfPeriod(BaseModel):
    """Sales of one day, week or month."""

    period_start: Annotated[date, Field(description="First day; of a week: Monday.")]
    period_end: Annotated[
        date, Field(description="Last day. The sales are complete up to `data_through`, if this is not later.")
    ]
    revenue: Annotated[
        Money,
        Field(
            description="Money of the sales that count towards customers, minus their returns where `monetary_basis` "
            "is net. All periods add up to the `monetary` of all customers."
        ),
    ]
    growth: Annotated[
        float | None,
        Field(
            description="Revenue divided by that of the period before, minus 1; null if that is missing, 0 or negative."
        ),
    ]
    orders: Annotated[int, Field(description="Distinct invoices of these sales.")]
    customers: Annotated[int, Field(description="Distinct customers of these sales.")]
    new_customers: Annotated[int, Field(description="Customers whose first sale is in the period.")]
    average_order_value: Annotated[Money | None, Field(description="`revenue` / `orders`; null without orders.")]
    uncounted_revenue: Annotated[
        Money,
        Field(
            description="Money of the sales that count towards no customer, because they have none or do not meet the "
            "contract's `countsWhen`; returns are not included."
        ),
    ]
    uncounted_rows: Annotated[int, Field(description="Rows of these sales.")]
    currency: Currency


class SalesTrend(NullableFreshness, Page[SalesOfPeriod]):
    """A page of periods, the oldest first; a period without sales has zeros."""

    model_config = example(list_example(SALES_EXAMPLE, extra=FRESHNESS_EXAMPLE))


class SalesOfCountry(SalesOfPeriod):
    """Sales to one country in one day, week or month."""

    country: Annotated[str | None, Field(description="null: sales without a country.")]


class CountryTrend(NullableFreshness, Page[SalesOfCountry]):
    """A page of periods and countries, the oldest first; a country without sales in a period has no row."""

    model_config = example(list_example({**SALES_EXAMPLE, "country": "United Kingdom"}, extra=FRESHNESS_EXAMPLE))


class CohortMonth(BaseModel):
    """Sales of one month to the customers of a cohort."""

    months_since: Annotated[
        int,
        Field(description="Months since the first purchase; below 0 for returns that are dated before it."),
    ]
    month: Annotated[date, Field(description="First day of the month.")]
    customers: Annotated[int, Field(description="Customers of the cohort with a sale in the month.")]
    share: Annotated[Share, Field(description="Share of the customers of the cohort, 0 to 1.")]
    revenue: Money


class MonthlyCohort(BaseModel):
    """Customers whose first purchase is in the same month."""

    cohort: Annotated[date, Field(description="First day of the month of the first purchase.")]
    customers: Annotated[int, Field(description="Customers of the cohort.")]
    revenue: Annotated[Money, Field(description="Sum over all months.")]
    currency: Currency
    months: Annotated[
        list[CohortMonth],
        Field(description="Every month up to that of the latest sale, in order; zeros without sales."),
    ]


class CohortList(NullableFreshness, Page[MonthlyCohort]):
    """A page of cohorts, the oldest first."""

    model_config = example(list_example(COHORT_EXAMPLE, extra=FRESHNESS_EXAMPLE))
