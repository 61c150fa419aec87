"""Orders on the overview and on the page of a customer; trend and distributions of a segment."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking
from tests.dashboard.conftest import figure, reading, table, values

pytestmark = pytest.mark.anyio


async def body(url: str, path: str) -> dict[str, Any]:
    """Answer of the API."""
    async with asking(url) as client:
        found: dict[str, Any] = (await client.get(path)).json()
    return found


async def test_the_overview_has_the_orders_of_the_api(reader: AsyncClient, shop: str) -> None:
    rows = (await body(shop, "/v1/trends/sales?limit=1000"))["data"]
    orders = sum(row["orders"] for row in rows)
    page = (await reader.get("/")).text
    assert values(page, "integer")[1] == str(orders)
    average = sum(Decimal(row["revenue"]) for row in rows) / orders
    assert round(Decimal(values(page, "money")[1]), 6) == round(average, 6)
    last = [row for row in rows if row["period_end"] <= "2026-02-27"][-1]
    assert values(page, "money")[2] == last["revenue"]


async def test_orders_of_a_customer_are_those_of_the_api(reader: AsyncClient, shop: str) -> None:
    found = await body(shop, "/v1/customers/R01/orders?limit=20&include=total")
    page = (await reader.get("/customers/R01")).text
    rows = table(page, 'id="orders"')
    assert values(rows, "money")[::2] == [row["amount"] for row in found["data"]]
    assert values(page[page.index('id="orders-heading"') :], "integer")[0] == str(found["total"])


async def test_one_order_is_in_the_singular(reader: AsyncClient, shop: str) -> None:
    customers = (await body(shop, "/v1/customers?limit=1000"))["data"]
    found = next(each["customer_id"] for each in customers if each["frequency"] == 1)
    page = (await reader.get(f"/customers/{found}")).text
    heading = page.partition('id="orders-heading">')[2].partition("</h2>")[0]
    assert heading.endswith(" order")


async def test_a_damaged_page_of_orders_is_a_page(reader: AsyncClient) -> None:
    answer = await reader.get("/customers/R01?cursor=damaged")
    assert answer.status_code == 409
    assert 'href="/customers/R01">Open without filters' in answer.text


@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
async def test_a_segment_has_the_distributions_of_the_api(reader: AsyncClient, shop: str, scheme: str) -> None:
    slug = (await body(shop, f"/v1/segments?scheme={scheme}"))["data"][0]["slug"]
    found = await body(shop, f"/v1/segments/{slug}/distribution?scheme={scheme}")
    page = (await reader.get(f"/segments/{slug}?scheme={scheme}")).text
    for feature in ("recency", "frequency", "monetary"):
        (box,) = figure(page, f"boxes-{feature}")
        assert box["median"] == [float(found[feature]["median"])]
        assert figure(page, f"histograms-{feature}")[0]["y"][:-1] == found[feature]["histogram"]["counts"]


@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
async def test_a_segment_has_its_trend(moved_shop: str, scheme: str) -> None:
    row = (await body(moved_shop, f"/v1/segments?scheme={scheme}"))["data"][0]
    days = (await body(moved_shop, f"/v1/trends/segments?scheme={scheme}"))["data"]
    async with reading(moved_shop, as_of=date(2026, 3, 20)) as reader:
        page = (await reader.get(f"/segments/{row['slug']}?scheme={scheme}")).text
    customers, revenue = figure(page, "trend")
    assert customers["x"] == [day["as_of"] for day in days]
    assert (customers["y"][-1], revenue["y"][-1]) == (row["customers"], float(row["revenue"]))


async def test_a_segment_has_commands_to_use_it(reader: AsyncClient) -> None:
    page = (await reader.get("/segments/super-vip-champions")).text
    assert "/v1/exports/customers?format=csv&amp;segment=super-vip-champions&amp;scheme=kmeans" in page
    assert "customer.segment.entered" in page
