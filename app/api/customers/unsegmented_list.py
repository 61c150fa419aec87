"""List of customers without a segment."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import TypeAdapter

from app.api.core.dependencies import ReaderDependency
from app.api.core.freshness import FRESHNESS_EXAMPLE, NullableFreshness
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, PageParamsWithTotal, read_page
from app.api.core.problems import INVALID, INVALID_CURSOR
from app.api.core.schemas import Currency, Page, example, list_example
from app.api.core.scopes import requires_scope
from app.api.customers.profile import RFM_EXAMPLE, CustomerNumbers, Gross, Returned, SegmentReason
from app.api.customers.unsegmented import REASON, UNSEGMENTED_CUSTOMERS, fields
from app.db.param_types import Text

router = APIRouter(prefix="/v1", tags=["customers"])
BY_ID: Final = Keyset(("customer_id",), TypeAdapter(tuple[Text]))


class UnsegmentedCustomer(CustomerNumbers):
    """A customer without a segment, and the reason."""

    gross: Gross
    returned: Returned
    currency: Currency
    segment_reason: SegmentReason


ROW_EXAMPLE: Final[dict[str, Any]] = {
    **{name: RFM_EXAMPLE[name] for name in CustomerNumbers.model_fields},
    "monetary": "-24.95",
    "gross": RFM_EXAMPLE["monetary"],
    "returned": "2065.65",
    "currency": "GBP",
    "segment_reason": REASON,
}


class UnsegmentedCustomerList(NullableFreshness, Page[UnsegmentedCustomer]):
    """A page of customers without a segment."""

    model_config = example(list_example(ROW_EXAMPLE, extra=FRESHNESS_EXAMPLE))


@router.get(
    "/unsegmented-customers",
    summary="List customers without a segment",
    responses=problems(INVALID_CURSOR, INVALID),
)
@requires_scope("customers:read")
async def list_unsegmented_customers(
    reader: ReaderDependency, query: Annotated[PageParamsWithTotal, Query()]
) -> UnsegmentedCustomerList:
    """List the customers whose returns and cancellations reach the value of their sales, or who are not in the window.

    The window is the look-back window of the current model: a customer without a sale in it has no segment.

    They have no segment and are in no other list. `recency` is the number of days from their latest sale to today.
    """
    page = await read_page(reader, UNSEGMENTED_CUSTOMERS, BY_ID, query, "unsegmented customers")
    settings = reader.settings
    data = [{**fields(row, settings.today), "currency": settings.currency} for row in page["data"]]
    return UnsegmentedCustomerList.model_validate({**page, "data": data})
