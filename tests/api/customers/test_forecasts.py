"""Forecasts in profiles, lists, lookups, exports and segments."""

from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from httpx import AsyncClient

from app.api.core.snapshots import NOT_STORED
from app.db.engine import make_engine
from app.segments.assign import rescore
from app.segments.model.segment_table.table import SegmentTable
from tests.api.conftest import AS_OF, asking, change, train_again
from tests.api.customers.test_list import rows
from tests.api.exports.reading import each_format, exported
from tests.conftest import NOW
from tests.loading import query
from tests.postgres import fresh_database

pytestmark = pytest.mark.anyio
# Of CDNOW, in days: so few customers as the shop has are too few for a fit.
FITTED = """
    update segments.model set forecast = '{
        "purchases": {"r": 0.24259, "alpha": 30.9, "a": 0.79289, "b": 2.42575, "log_likelihood": 0},
        "money": {"p": 6.2488, "q": 3.7446, "v": 15.4477}
    }'
"""
NAMES = ("expected_purchases", "clv", "p_buys", "next_order")


def give_forecasts(url: str) -> None:
    """Give the model parameters, and the customers a forecast."""
    change(url, FITTED)
    engine = make_engine(url)
    with engine.begin() as connection:
        rescore(connection, AS_OF, SegmentTable.load(), NOW)
    engine.dispose()


@pytest.fixture(scope="module")
def forecast_shop(postgres: str, published: str) -> Iterator[str]:
    """URL of a shop with forecasts, which tests only read."""
    with fresh_database(postgres, published) as url:
        give_forecasts(url)
        yield url


@pytest.fixture(scope="module")
async def forecast(forecast_shop: str) -> AsyncIterator[AsyncClient]:
    async with asking(forecast_shop) as client:
        yield client


async def answer(client: AsyncClient, path: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(path)).json()
    return found


async def test_a_profile_has_the_stored_forecast(forecast: AsyncClient, forecast_shop: str) -> None:
    engine = make_engine(forecast_shop)
    stored = query(engine, "select * from segments.customer_forecast order by customer_id limit 1")[0]
    engine.dispose()
    found = await answer(forecast, f"/v1/customers/{stored[0]}")
    _, purchases, clv, p_buys, p_alive, day = stored
    expected = {"expected_purchases": purchases, "clv": str(clv), "p_buys": p_buys, "p_alive": p_alive}
    assert {**expected, "next_order": day and day.isoformat()}.items() <= found.items()


async def test_the_days_ahead_are_said(forecast: AsyncClient) -> None:
    one = (await rows(forecast, "cluster=-1"))[0]["customer_id"]
    pages = [f"/v1/customers/{one}", "/v1/customers", "/v1/segments", "/v1/customers?as_of=2026-03-01"]
    found = [await answer(forecast, path) for path in pages]
    assert {(each["forecast_days"], each["forecast_reason"]) for each in found} == {(90, None)}


async def test_with_too_little_data_the_reason_is_said(client: AsyncClient) -> None:
    one = (await rows(client, "cluster=-1"))[0]["customer_id"]
    found = await answer(client, f"/v1/customers/{one}")
    assert found["forecast_reason"].startswith("too little data: ")
    assert [found[name] for name in (*NAMES, "p_alive", "forecast_days")] == [None] * 6


async def test_a_lookup_has_the_forecasts_of_the_list(forecast: AsyncClient) -> None:
    listed = await rows(forecast, "")
    ids = [row["customer_id"] for row in listed]
    found = (await forecast.post("/v1/customers/lookup", json={"customer_ids": ids})).json()["customers"]
    assert [[row[name] for name in NAMES] for row in found] == [[row[name] for name in NAMES] for row in listed]


@pytest.mark.parametrize(
    ("filters", "holds"),
    [
        ("expected_purchases_min=1", lambda row: row["expected_purchases"] >= 1),
        ("expected_purchases_max=1", lambda row: row["expected_purchases"] <= 1),
        ("clv_min=50.00", lambda row: float(row["clv"]) >= 50),
        ("clv_max=50.00", lambda row: float(row["clv"]) <= 50),
        ("p_buys_min=0.5", lambda row: row["p_buys"] >= 0.5),
        ("p_buys_max=0.5", lambda row: row["p_buys"] <= 0.5),
        ("next_order_from=2026-06-01", lambda row: (row["next_order"] or "") >= "2026-06-01"),
        ("next_order_to=2026-06-01", lambda row: (row["next_order"] or "9") <= "2026-06-01"),
    ],
)
async def test_a_filter_gives_those_and_only_those(forecast: AsyncClient, filters: str, holds: Any) -> None:
    everybody, found = await rows(forecast, ""), await rows(forecast, filters)
    assert found == [row for row in everybody if holds(row)]
    assert 0 < len(found) < len(everybody)


@pytest.mark.parametrize("name", ["expected_purchases", "clv", "p_buys", "next_order"])
@pytest.mark.parametrize("sign", ["", "-"])
async def test_pages_are_sorted_by_the_forecast(forecast: AsyncClient, name: str, sign: str) -> None:
    found, path = [], f"/v1/customers?limit=25&sort={sign}{name}"
    cursor = ""
    while cursor is not None:
        page = await answer(forecast, path + (f"&cursor={cursor}" if cursor else ""))
        found += page["data"]
        cursor = page["next_cursor"]
    last = "9999-12-31" if name == "next_order" else Decimal(-1)
    read = (lambda value: value) if name == "next_order" else lambda value: Decimal(str(value))
    keys = [(last if row[name] is None else read(row[name]), row["customer_id"].encode()) for row in found]
    assert keys == sorted(keys, reverse=bool(sign))
    assert len(keys) == len(await rows(forecast, ""))


async def test_customers_without_a_forecast_are_paged_too(client: AsyncClient) -> None:
    first = await answer(client, "/v1/customers?limit=50&sort=-clv")
    second = await answer(client, f"/v1/customers?limit=50&sort=-clv&cursor={first['next_cursor']}")
    assert len({row["customer_id"] for row in first["data"] + second["data"]}) == 59


@each_format
async def test_an_export_has_the_forecasts_of_the_list(forecast: AsyncClient, name: str) -> None:
    assert await exported(forecast, "p_buys_min=0.2", name) == await rows(forecast, "p_buys_min=0.2")


async def test_a_segment_has_the_sum_of_its_customers(forecast: AsyncClient) -> None:
    for segment in (await answer(forecast, "/v1/segments"))["data"]:
        members = [Decimal(row["clv"]) for row in await rows(forecast, f"segment={segment['slug']}")]
        assert Decimal(segment["clv"]) == sum(members)
        assert Decimal(segment["mean_clv"]) == pytest.approx(sum(members) / len(members), abs=Decimal("0.005"))


async def test_a_trend_has_the_sum_of_the_segment(forecast: AsyncClient) -> None:
    day = (await answer(forecast, "/v1/trends/segments"))["data"][-1]
    segments = (await answer(forecast, "/v1/segments"))["data"]
    assert {row["slug"]: row["clv"] for row in day["segments"]} == {row["slug"]: row["clv"] for row in segments}


async def test_a_past_day_and_a_superseded_run_have_none(own_shop: str) -> None:
    give_forecasts(own_shop)
    async with asking(own_shop, as_of=AS_OF + timedelta(days=9)) as client:
        first = await answer(client, "/v1/customers?limit=2&sort=-clv")
        train_again(own_shop, AS_OF + timedelta(days=1))
        past = await answer(client, f"/v1/customers?as_of={AS_OF}")
        segments = await answer(client, f"/v1/segments?as_of={AS_OF}")
        refused = await client.get(f"/v1/customers?limit=2&sort=-clv&cursor={first['next_cursor']}")
        superseded = await client.get(f"/v1/exports/customers?clv_min=1.00&run_id={first['run_id']}")
    assert (past["forecast_reason"], segments["forecast_reason"]) == (NOT_STORED, NOT_STORED)
    assert {row["clv"] for row in past["data"] + segments["data"]} == {None}
    assert (refused.status_code, superseded.status_code) == (409, 409)


async def test_a_day_before_the_first_publication_is_no_day_of_forecasts(forecast: AsyncClient) -> None:
    assert (await forecast.get(f"/v1/customers?as_of={date(2026, 1, 1)}")).status_code == 404
