"""Trends: the figures are those of the API, in the range and periods of the address."""

from decimal import Decimal
from typing import Any

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking
from tests.dashboard.conftest import HTML, IMAGE, SCRIPT, figure, reading, table, values

pytestmark = pytest.mark.anyio


async def answer(url: str, path: str, **query: Any) -> list[dict[str, Any]]:
    """Rows of the API."""
    async with asking(url) as client:
        found = await client.get(path, params={"limit": 1000, **query})
    rows: list[dict[str, Any]] = found.json()["data"]
    return rows


def first_amounts(rows: str) -> list[str]:
    """The first amount of money of each row."""
    return [values(row, "money")[0] for row in rows.split("<tr>")[1:]]


@pytest.mark.parametrize("by", ["day", "week", "month"])
async def test_revenue_and_growth_are_those_of_the_api(reader: AsyncClient, shop: str, by: str) -> None:
    rows = await answer(shop, "/v1/trends/sales", by=by, **{"from": "2025-11-01"})
    page = (await reader.get(f"/trends?by={by}&from=2025-11-01")).text
    revenue, growth = figure(page, "revenue")
    assert revenue["x"] == [row["period_start"] for row in rows]
    assert [Decimal(str(amount)) for amount in revenue["y"]] == [Decimal(row["revenue"]) for row in rows]
    assert growth["y"] == [row["growth"] if row["period_end"] <= "2026-02-27" else None for row in rows]
    assert first_amounts(table(page, "figure-revenue")) == [row["revenue"] for row in reversed(rows)]


async def test_new_and_returning_customers_add_up_to_the_active_ones(reader: AsyncClient, shop: str) -> None:
    rows = await answer(shop, "/v1/trends/sales")
    new, returning = figure((await reader.get("/trends")).text, "customers")
    assert new["y"] == [row["new_customers"] for row in rows]
    assert [sum(pair) for pair in zip(new["y"], returning["y"], strict=True)] == [row["customers"] for row in rows]


async def test_an_incomplete_period_is_marked(reader: AsyncClient) -> None:
    page = (await reader.get("/trends")).text
    revenue, _ = figure(page, "revenue")
    assert revenue["marker"]["opacity"][-1] < 1
    assert table(page, "figure-revenue").count("so far") == 1


async def test_an_incomplete_period_has_no_growth(reader: AsyncClient, shop: str) -> None:
    complete = [row for row in await answer(shop, "/v1/trends/sales") if row["period_end"] <= "2026-02-27"]
    page = (await reader.get("/trends")).text
    shown = [f"{float(value):.4f}" for value in values(table(page, "figure-revenue"), "change")]
    assert shown == [f"{row['growth']:.4f}" for row in reversed(complete) if row["growth"] is not None]
    assert figure(page, "revenue")[1]["y"][-1] is None


async def test_the_last_month_of_a_cohort_is_marked_if_it_is_incomplete(reader: AsyncClient) -> None:
    page = (await reader.get("/trends")).text
    rows = table(page, "figure-cohorts").split("<tr>")[1:]
    assert [row.count("so far") for row in rows] == [1] * len(rows)
    (heat,) = figure(page, "cohorts")
    assert ["".join(row).count("*") for row in heat["text"]] == [1] * len(rows)


async def test_days_without_a_start_are_the_latest_91(reader: AsyncClient) -> None:
    page = (await reader.get("/trends?by=day&to=2026-04-11")).text
    assert figure(page, "revenue")[0]["x"][0] == "2026-01-11"


async def test_the_range_is_in_the_address(reader: AsyncClient, shop: str) -> None:
    bounds = {"from": "2026-01-10", "to": "2026-02-10"}
    rows = await answer(shop, "/v1/trends/sales", **bounds)
    page = (await reader.get("/trends", params=bounds)).text
    assert figure(page, "revenue")[0]["x"] == [row["period_start"] for row in rows]
    assert 'name="from" type="date" value="2026-01-10"' in page
    assert 'href="/trends?from=2026-01-10&amp;to=2026-02-10&amp;by=week"' in page


async def test_countries_are_those_of_the_chosen_period(reader: AsyncClient, shop: str) -> None:
    day = "2026-02-15"
    rows = await answer(shop, "/v1/trends/countries", **{"from": day, "to": day})
    rows.sort(key=lambda row: -Decimal(row["revenue"]))
    page = (await reader.get(f"/trends?period={day}")).text
    assert first_amounts(table(page, 'id="countries"')) == [row["revenue"] for row in rows]
    names = [row["country"] for row in rows if row["country"]]
    assert [line["name"] for line in figure(page, "countries")] == names[:6]


async def test_a_period_outside_of_the_range_is_a_note(reader: AsyncClient) -> None:
    page = (await reader.get("/trends?period=2020-01-01")).text
    assert "is not in the range" in page


async def test_cohorts_are_those_of_the_api(reader: AsyncClient, shop: str) -> None:
    rows = await answer(shop, "/v1/cohorts")
    page = (await reader.get("/trends")).text
    (heat,) = figure(page, "cohorts")
    assert heat["y"] == [row["cohort"][:7] for row in rows]
    shares = [[month["share"] for month in row["months"] if month["months_since"] >= 0] for row in rows]
    assert [[share for share in row if share is not None] for row in heat["z"]] == shares
    assert values(table(page, "figure-cohorts"), "money") == [row["revenue"] for row in rows]


async def test_a_range_without_sales_links_back(reader: AsyncClient) -> None:
    answer = await reader.get("/trends?from=2030-01-01")
    assert answer.status_code == 200
    assert 'href="/trends">Show all sales' in answer.text


@pytest.mark.parametrize("query", ["by=year", "from=tomorrow", "to=1", "colour=red", "period=x", "from=2026-1-1"])
async def test_a_wrong_filter_is_a_page_that_names_it(reader: AsyncClient, query: str) -> None:
    answer = await reader.get(f"/trends?{query}")
    assert answer.status_code == 422
    assert f"<code>{query.partition('=')[0]}</code>" in answer.text


@pytest.mark.parametrize(
    "query", ["from=0001-01-01", "to=0001-01-01&by=day", "to=9999-12-31&by=week", "by=day&period=9999-12-31"]
)
async def test_any_day_is_accepted(reader: AsyncClient, query: str) -> None:
    assert (await reader.get(f"/trends?{query}")).status_code == 200


async def test_without_sales_it_says_so(empty: AsyncClient) -> None:
    answer = await empty.get("/trends", headers=HTML)
    assert answer.status_code == 200
    assert "There are no sales that count yet" in answer.text


async def test_names_of_countries_are_neither_html_nor_tags_of_plotly(hostile: str) -> None:
    async with reading(hostile) as reader:
        page = (await reader.get("/trends?period=2026-02-26&by=day")).text
    assert IMAGE not in page
    assert SCRIPT not in page
    assert "&lt;/script&gt;&lt;script&gt;alert(2)" in table(page, 'id="countries"')
    names = [line["name"] for line in figure(page, "countries")]
    assert names
    assert not any("<" in name for name in names)
