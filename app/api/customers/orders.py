"""List the orders of a customer."""

from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, TypeAdapter
from sqlalchemy import Select, bindparam, func, select

from app.api.core.dependencies import ReaderDependency
from app.api.core.freshness import FRESHNESS_EXAMPLE, NullableFreshness
from app.api.core.openapi import problems
from app.api.core.pagination import Keyset, PageParamsWithTotal, read_page
from app.api.core.path_converters import CUSTOMER_ID
from app.api.core.problems import INVALID, INVALID_CURSOR
from app.api.core.schemas import Currency, Money, Page, example, list_example
from app.api.core.scopes import requires_scope
from app.api.customers.customer_id import Requested, find_customer
from app.api.customers.problems import UNKNOWN_CUSTOMER, unknown_customer
from app.db.param_types import Text
from app.gold.tables import customer_invoice, customer_rfm

router = APIRouter(prefix="/v1/customers", tags=["customers"])
NEWEST_FIRST: Final = Keyset(("invoice_date", "invoice_no"), TypeAdapter(tuple[date, Text]), is_descending=True)
ORDER_EXAMPLE: Final[dict[str, Any]] = {
    "invoice_date": "2026-04-28",
    "invoice_no": "499212",
    "amount": "208.32",
    "returned": "0.00",
    "currency": "GBP",
    "country": "EIRE",
}


class Order(BaseModel):
    """An invoice of a customer on one day."""

    invoice_date: date
    invoice_no: str
    amount: Annotated[
        Money,
        Field(
            description="Money of its sales that count, minus returned. The amounts of all orders sum to the "
            "customer's monetary value."
        ),
    ]
    returned: Annotated[Money, Field(description="Money of its returns and cancellations, where they are subtracted.")]
    currency: Currency
    country: Annotated[str | None, Field(description="Country of its sales; null if it has none.")]


class OrderList(NullableFreshness, Page[Order]):
    """A page of the orders of a customer."""

    model_config = example(list_example(ORDER_EXAMPLE, extra=FRESHNESS_EXAMPLE))


def _orders() -> Select[Any]:
    i = customer_invoice.c
    is_customer = select(customer_rfm.c.customer_id).where(customer_rfm.c.customer_id == bindparam("customer_id"))
    return (
        select(
            i.invoice_date,
            i.invoice_no,
            func.sum(i.amount).label("amount"),
            func.sum(i.returned).label("returned"),
            func.max(i.country.collate("C")).label("country"),
        )
        .where(i.customer_id == is_customer.scalar_subquery(), i.is_counted)
        .group_by(i.invoice_date, i.invoice_no)
    )


ORDERS: Final = _orders()


@router.get(
    f"/{CUSTOMER_ID}/orders",
    summary="List the orders of a customer",
    responses=problems(INVALID_CURSOR, UNKNOWN_CUSTOMER, INVALID),
)
@requires_scope("customers:read")
async def list_customer_orders(
    reader: ReaderDependency, requested: Requested, query: Annotated[PageParamsWithTotal, Query()]
) -> OrderList:
    """List the invoices of a customer that count, newest first; also of a customer without a segment.

    An invoice with rows of two days is listed for each. An order with a negative amount has returns only.
    """
    of_customer = f"orders of {requested.customer_id}"
    empty: dict[str, Any] | None = None

    async def find(customer_id: str) -> dict[str, Any] | None:
        nonlocal empty
        page = await read_page(reader, ORDERS.params(customer_id=customer_id), NEWEST_FIRST, query, of_customer)
        empty = empty or page
        return page if page["data"] else None

    page = await find_customer(reader, requested, find) or (None if query.cursor is None else empty)
    if page is None:
        raise unknown_customer(requested.customer_id)
    data = [{**row, "currency": reader.settings.currency} for row in page["data"]]
    return OrderList.model_validate({**page, "data": data})
