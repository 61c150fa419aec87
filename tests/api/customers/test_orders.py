"""Orders of a customer."""

from decimal import Decimal
from urllib.parse import quote

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking, change
from tests.api.sales import DAYS, STRANGE

pytestmark = pytest.mark.anyio
INVOICE = """
    insert into gold.customer_invoice
        (file_id, customer_id, invoice_no, invoice_date, amount, returned, country, is_sale, is_counted)
    values (1, 'R01', '{}', '2026-02-28', {}, {}, null, false, {})
"""


async def test_orders_are_those_of_the_sales_newest_first(client: AsyncClient) -> None:
    found = (await client.get("/v1/customers/R01/orders")).json()["data"]
    assert [each["invoice_date"] for each in found] == sorted(DAYS, reverse=True)
    assert {each["amount"] for each in found} == {str(5 * Decimal("21.99"))}
    assert {each["country"] for each in found} == {"United Kingdom"}


async def test_amounts_sum_to_the_monetary_value(client: AsyncClient) -> None:
    for customer in (await client.get("/v1/customers")).json()["data"]:
        path = f"/v1/customers/{quote(customer['customer_id'], safe='')}/orders"
        orders = (await client.get(path)).json()["data"]
        assert sum(Decimal(each["amount"]) for each in orders) == Decimal(customer["monetary"])
        assert len({each["invoice_no"] for each in orders}) == customer["frequency"]


async def test_pages_follow_each_other(client: AsyncClient) -> None:
    whole = (await client.get("/v1/customers/R01/orders?include=total")).json()
    pages, cursor = [], ""
    while cursor is not None:
        page = (await client.get("/v1/customers/R01/orders?limit=1" + (cursor and f"&cursor={cursor}"))).json()
        pages += page["data"]
        cursor = page["next_cursor"]
    assert (pages, whole["total"]) == (whole["data"], 4)


@pytest.mark.parametrize("customer_id", [*STRANGE, "R01/orders"])
async def test_an_id_may_have_any_character(client: AsyncClient, customer_id: str) -> None:
    status = 404 if customer_id == "R01/orders" else 200
    assert (await client.get(f"/v1/customers/{quote(customer_id, safe='')}/orders")).status_code == status


async def test_a_cursor_of_another_customer_is_refused(client: AsyncClient) -> None:
    cursor = (await client.get("/v1/customers/R01/orders?limit=1")).json()["next_cursor"]
    answer = await client.get(f"/v1/customers/R02/orders?limit=1&cursor={cursor}")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/invalid-cursor")


async def test_an_unknown_customer_is_a_problem(client: AsyncClient) -> None:
    answer = await client.get("/v1/customers/nobody/orders")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-customer")


async def test_a_return_is_an_order_with_a_negative_amount(own_shop: str) -> None:
    change(own_shop, INVOICE.format("C1", -20, 20, "true"))
    async with asking(own_shop) as client:
        first = (await client.get("/v1/customers/R01/orders")).json()["data"][0]
        assert (first["invoice_no"], first["amount"], first["returned"]) == ("C1", "-20.00", "20.00")
        assert first["country"] is None


async def test_an_invoice_that_counts_from_another_file_is_not_listed(own_shop: str) -> None:
    change(own_shop, INVOICE.format("1", 20, 0, "false"))
    async with asking(own_shop) as client:
        assert len((await client.get("/v1/customers/R01/orders")).json()["data"]) == 4


async def test_a_customer_without_a_segment_has_orders(own_shop: str) -> None:
    change(own_shop, "update gold.customer_rfm set monetary = 0, returned = 100 where customer_id = 'R01'")
    async with asking(own_shop) as client:
        assert len((await client.get("/v1/customers/R01/orders")).json()["data"]) == 4


async def test_an_erased_customer_has_no_orders(own_shop: str) -> None:
    async with asking(own_shop, erasure_key="a-key-for-tests-of-erasures-0123456789") as client:
        await client.delete("/v1/customers/R01")
        assert (await client.get("/v1/customers/R01/orders")).status_code == 404
