"""Request schemas of a score: recency, frequency and monetary value, or transactions."""

from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    WrapValidator,
)

from app.api.core.dependencies import SchemeName, Text
from app.api.customers.score_example import FEATURES_EXAMPLE
from app.db.param_types import Day, Whole
from app.segments.model.customer import MAX_FREQUENCY, MAX_RECENCY

MAX_TRANSACTIONS: Final = 1_000
INT_LIMIT: Final = 2**31
WhichScheme = Annotated[SchemeName, Field(description="Scheme to explain; the response has the segments of all.")]


Quantity = Annotated[float, Field(strict=True, ge=-INT_LIMIT, lt=INT_LIMIT, allow_inf_nan=False)]
OptionalText = Annotated[Text | None, Field(max_length=255, description="As in the sales.")]


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
    tenure: Annotated[
        int | None,
        Field(strict=True, ge=0, le=MAX_RECENCY, description="Days since the first purchase; the value band needs it."),
        Whole,
    ] = None
    scheme: WhichScheme = "kmeans"


class ScoredLine(BaseModel):
    """A transaction: one line of an invoice, with columns of the data contract. Omitted columns are not validated."""

    model_config = ConfigDict(extra="forbid")

    invoice_no: Annotated[Text, Field(max_length=255, description="As in the sales.")]
    invoice_date: Day
    stock_code: OptionalText = None
    description: OptionalText = None
    country: OptionalText = None
    currency: OptionalText = None
    status: OptionalText = None
    quantity: Annotated[Quantity | None, Field(description="Needed, unless line_total is given.")] = None
    unit_price: Annotated[
        str | None,
        Field(
            pattern=r"^-?[0-9]{1,8}(\.[0-9]{1,10})?$",
            description="Needed, unless line_total is given; more than two digits are rounded, halves up.",
        ),
    ] = None
    line_total: Annotated[
        str | None,
        Field(
            pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,10})?$",
            description="Only if the contract declares the column; more than two digits are rounded, halves up.",
        ),
    ] = None
    attributes: Annotated[
        dict[Text, Text],
        Field(max_length=50, description="Other columns of the contract, by their names, as in the sales."),
    ] = {}

    def has_money(self) -> bool:
        """Return whether the line has a line total, or quantity and unit price."""
        return self.line_total is not None or None not in {self.quantity, self.unit_price}


class ScoredSales(BaseModel):
    """All transactions of a customer."""

    model_config = ConfigDict(extra="forbid")

    transactions: Annotated[list[ScoredLine], Field(min_length=1, max_length=MAX_TRANSACTIONS)]
    as_of: Annotated[
        Day | None, Field(description="Day for which recency is computed; by default `as_of` of the current run.")
    ] = None
    scheme: WhichScheme = "kmeans"


def _validate_one_schema(value: Any, _: Any) -> ScoredFeatures | ScoredSales:
    # Only the schema that the body resembles is validated, so that errors do not list the fields of the other.
    if isinstance(value, ScoredFeatures | ScoredSales):
        return value
    is_sales = isinstance(value, dict) and "transactions" in value
    return (ScoredSales if is_sales else ScoredFeatures).model_validate(value)


class ScoreRequest(RootModel[Annotated[ScoredFeatures | ScoredSales, WrapValidator(_validate_one_schema)]]):
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
