"""Sales by period and country, and cohorts, over HTTP."""

from decimal import Decimal
from typing import Any

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking, change

pytestmark = pytest.mark.anyio
SALES, COUNTRIES, COHORTS = "/v1/trends/sales", "/v1/trends/countries", "/v1/cohorts"
UNCOUNTED = """
    insert into gold.uncounted_sales
    select 1, cast(day as date), country, 3, 7.5
    from unnest(array['2026-02-01', '2026-03-05']) as day cross join unnest(array['France', null]) as country
"""
MORE_COUNTRIES = (
    """
    insert into gold.sales_period
    select period, period_start, other.country, 5, 1, 1, 0
    from gold.sales_period cross join unnest(array['Austria', 'France', 'Zambia', null]) as other (country)
    where sales_period.country = ''
    """,
    "insert into gold.uncounted_sales values (2, '2026-04-02', 'Spain', 1, 2), (2, '2026-02-01', 'Spain', 1, 2)",
)
OTHERS = "update gold.sales_period set country = null where country = 'United Kingdom' and period_start < '2026-02-01'"


async def data(client: AsyncClient, path: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await client.get(path)).json()["data"]
    return rows


async def values(client: AsyncClient, path: str, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in await data(client, path)]


# --- sales by period


async def test_a_month_has_its_figures(client: AsyncClient) -> None:
    rows = await values(client, SALES, "period_start", "period_end", "orders", "customers", "new_customers", "currency")
    assert rows == [
        ("2026-01-01", "2026-01-31", 25, 25, 25, "GBP"),
        ("2026-02-01", "2026-02-28", 79, 49, 34, "GBP"),
    ]


async def test_growth_is_against_the_period_before(client: AsyncClient) -> None:
    before, after = await data(client, SALES)
    grown = round(Decimal(after["revenue"]) / Decimal(before["revenue"]) - 1, 4)
    assert (before["growth"], after["growth"]) == (None, float(grown))


async def test_the_average_order_is_revenue_by_orders(client: AsyncClient) -> None:
    for row in await data(client, SALES):
        assert row["average_order_value"] == str(round(Decimal(row["revenue"]) / row["orders"], 2))


@pytest.mark.parametrize("path", [SALES, COUNTRIES])
@pytest.mark.parametrize("by", ["day", "week", "month"])
async def test_periods_add_up_to_the_money_of_the_customers(client: AsyncClient, path: str, by: str) -> None:
    customers = await data(client, "/v1/customers?limit=1000")
    rows = await data(client, f"{path}?by={by}&limit=1000")
    assert sum(Decimal(row["revenue"]) for row in rows) == sum(Decimal(row["monetary"]) for row in customers)


async def test_days_without_sales_are_zero(client: AsyncClient) -> None:
    rows = await data(client, f"{SALES}?by=day&from=2026-02-18&to=2026-02-20")
    assert [(row["period_start"], row["orders"], row["growth"], row["average_order_value"]) for row in rows[:2]] == [
        ("2026-02-18", 0, None, None),
        ("2026-02-19", 0, None, None),
    ]


async def test_the_first_period_of_a_range_grows_against_the_one_before_it(client: AsyncClient) -> None:
    whole = await values(client, SALES, "period_start", "growth")
    assert await values(client, f"{SALES}?from=2026-02-10", "period_start", "growth") == whole[1:]


async def test_from_and_to_are_the_periods_of_these_days(client: AsyncClient) -> None:
    found = await values(client, f"{SALES}?by=week&from=2026-02-01&to=2026-02-20", "period_start", "period_end")
    assert (found[0], found[-1]) == (("2026-01-26", "2026-02-01"), ("2026-02-16", "2026-02-22"))


async def test_uncounted_sales_are_beside_the_revenue(own_shop: str) -> None:
    change(own_shop, UNCOUNTED)
    async with asking(own_shop) as client:
        found = await values(client, SALES, "period_start", "uncounted_rows", "uncounted_revenue", "orders")
    assert found == [
        ("2026-01-01", 0, "0.00", 25),
        ("2026-02-01", 6, "15.00", 79),
        ("2026-03-01", 6, "15.00", 0),
    ]


async def test_pages_give_every_period_once(client: AsyncClient) -> None:
    whole, found, cursor = await data(client, f"{SALES}?by=week"), [], ""
    while cursor is not None:
        page = (await client.get(f"{SALES}?by=week&limit=3{cursor and f'&cursor={cursor}'}")).json()
        found += page["data"]
        cursor = page["next_cursor"]
    assert found == whole


async def test_a_cursor_belongs_to_its_periods(client: AsyncClient) -> None:
    cursor = (await client.get(f"{SALES}?by=week&limit=1")).json()["next_cursor"]
    assert (await client.get(f"{SALES}?by=day&limit=1&cursor={cursor}")).status_code == 409


async def test_an_unknown_length_is_a_problem(client: AsyncClient) -> None:
    answer = await client.get(f"{SALES}?by=year")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "by")


@pytest.mark.parametrize("path", [SALES, COUNTRIES, COHORTS])
async def test_without_sales_lists_are_empty(empty: AsyncClient, path: str) -> None:
    answer = (await empty.get(path)).json()
    assert (answer["data"], answer["has_more"], answer["quality"]) == ([], False, "stale")


# --- by country


async def test_a_country_has_its_periods(client: AsyncClient) -> None:
    found = await values(client, f"{COUNTRIES}?country=United%20Kingdom", "period_start", "country", "orders")
    assert found == [("2026-01-01", "United Kingdom", 25), ("2026-02-01", "United Kingdom", 79)]


@pytest.mark.parametrize(("countries", "rows"), [("country=France", 0), ("country=France&country=United Kingdom", 2)])
async def test_only_the_countries_asked_for_are_listed(client: AsyncClient, countries: str, rows: int) -> None:
    assert len(await data(client, f"{COUNTRIES}?{countries}")) == rows


async def test_sales_without_a_country_have_none(own_shop: str) -> None:
    change(own_shop, OTHERS)
    async with asking(own_shop) as client:
        found = await values(client, COUNTRIES, "period_start", "country", "growth")
    assert found == [("2026-01-01", None, None), ("2026-02-01", "United Kingdom", None)]


async def test_growth_of_a_country_skips_no_period(own_shop: str) -> None:
    change(own_shop, UNCOUNTED)
    async with asking(own_shop) as client:
        found = await values(client, f"{COUNTRIES}?country=France", "period_start", "growth", "uncounted_revenue")
    assert found == [("2026-02-01", None, "7.50"), ("2026-03-01", None, "7.50")]


@pytest.mark.parametrize("query", ["by=week", "by=week&country=France&country=Spain", "by=day&from=2026-01-11"])
@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_pages_give_every_period_and_country_once(own_shop: str, query: str, limit: int) -> None:
    for statement in (UNCOUNTED, *MORE_COUNTRIES):
        change(own_shop, statement)
    async with asking(own_shop) as client:
        whole = (await client.get(f"{COUNTRIES}?{query}&include=total")).json()
        found, cursor = [], ""
        while cursor is not None:
            page = (await client.get(f"{COUNTRIES}?{query}&limit={limit}{cursor and f'&cursor={cursor}'}")).json()
            found += page["data"]
            cursor = page["next_cursor"]
    assert len(found) == whole["total"] > 2
    assert found == whole["data"]


# --- cohorts


async def test_a_cohort_has_its_customers_by_month(client: AsyncClient) -> None:
    first, second = await data(client, COHORTS)
    assert [(each["months_since"], each["month"], each["customers"], each["share"]) for each in first["months"]] == [
        (0, "2026-01-01", 25, 1.0),
        (1, "2026-02-01", 15, 0.6),
    ]
    assert (second["cohort"], second["customers"], len(second["months"])) == ("2026-02-01", 34, 1)


async def test_cohorts_add_up_to_the_money_of_the_customers(client: AsyncClient) -> None:
    cohorts = await data(client, COHORTS)
    customers = await data(client, "/v1/customers?limit=1000")
    assert sum(Decimal(each["revenue"]) for each in cohorts) == sum(Decimal(row["monetary"]) for row in customers)
    for each in cohorts:
        assert sum(Decimal(month["revenue"]) for month in each["months"]) == Decimal(each["revenue"])


async def test_cohorts_of_a_range(client: AsyncClient) -> None:
    assert await values(client, f"{COHORTS}?from=2026-02-20", "cohort") == [("2026-02-01",)]


async def test_a_month_without_sales_is_zero(own_shop: str) -> None:
    change(own_shop, "delete from gold.cohort_month where cohort = '2026-01-01' and month = '2026-02-01'")
    async with asking(own_shop) as client:
        (first, _) = await data(client, COHORTS)
    assert (first["months"][1]["customers"], first["months"][1]["revenue"]) == (0, "0.00")


async def test_returns_before_the_first_purchase_are_in_the_months_before(own_shop: str) -> None:
    change(own_shop, "insert into gold.cohort_month values ('2026-02-01', '2025-12-01', 0, -5)")
    async with asking(own_shop) as client:
        (_, second) = await data(client, COHORTS)
    assert [(each["months_since"], each["revenue"]) for each in second["months"][:2]] == [(-2, "-5.00"), (-1, "0.00")]
