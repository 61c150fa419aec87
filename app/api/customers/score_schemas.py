"""Request schemas of a score: recency, frequency and monetary value, or transactions."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, RootModel, WrapValidator

from app.api.core.dependencies import SchemeName, Text
from app.api.customers.score_example import FEATURES_EXAMPLE
from app.db.param_types import Day, Whole
from app.segments.model.customer import MAX_FREQUENCY, MAX_RECENCY

MAX_TRANSACTIONS: Final = 1_000
INT: Final = 2**31
WhichScheme = Annotated[SchemeName, Field(description="Scheme to explain; the response has the segment of both.")]


class ScoredFeatures(BaseModel):
    """The three features of a customer."""

    model_config = ConfigDict(extra="forbid")

    recency: Annotated[
        int, Field(strict=True, ge=0, le=MAX_RECENCY, description="Days since the last purchase."), Whole
    ]
    frequency: Annotated[int, Field(strict=True, ge=1, le=MAX_FREQUENCY, description="Number of invoices."), Whole]
    monetary: Annotated[
        str,
        Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,2})?$", description="Sum of the sales, in the server's currency."),
    ]
    scheme: WhichScheme = "kmeans"


class ScoredLine(BaseModel):
    """One line of an invoice."""

    model_config = ConfigDict(extra="forbid")

    invoice_no: Annotated[
        Text, Field(max_length=255, description="6 or 7 characters; C as the first marks a cancellation.")
    ]
    invoice_date: Day
    stock_code: Annotated[
        Text | None,
        Field(
            max_length=255,
            description="Five digits, optionally followed by letters, or PADS; "
            "without a code, the line counts as a product.",
        ),
    ] = None
    quantity: Annotated[int, Field(strict=True, ge=-INT, lt=INT, description="More than 0 to count."), Whole]
    unit_price: Annotated[
        str,
        Field(
            pattern=r"^-?[0-9]{1,8}(\.[0-9]{1,10})?$",
            description="0 or more to count; more than two digits are rounded, halves up.",
        ),
    ]


class ScoredSales(BaseModel):
    """All transactions of a customer."""

    model_config = ConfigDict(extra="forbid")

    transactions: Annotated[list[ScoredLine], Field(min_length=1, max_length=MAX_TRANSACTIONS)]
    as_of: Annotated[
        Day | None, Field(description="Day up to which recency counts; by default `as_of` of the current run.")
    ] = None
    scheme: WhichScheme = "kmeans"


def _which(value: Any, _: Any) -> ScoredFeatures | ScoredSales:
    # Validate one schema only, so that errors do not list the fields of the other.
    if isinstance(value, ScoredFeatures | ScoredSales):
        return value
    is_sales = isinstance(value, dict) and "transactions" in value
    return (ScoredSales if is_sales else ScoredFeatures).model_validate(value)


class ScoreRequest(RootModel[Annotated[ScoredFeatures | ScoredSales, WrapValidator(_which)]]):
    """Recency, frequency and monetary value, or transactions."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                FEATURES_EXAMPLE,
                {
                    "transactions": [
                        {
                            "invoice_no": "536365",
                            "invoice_date": "2026-04-09",
                            "stock_code": "85123A",
                            "quantity": 6,
                            "unit_price": "2.55",
                        }
                    ],
                    "as_of": "2026-05-01",
                    "scheme": "rules",
                },
            ]
        }
    )
