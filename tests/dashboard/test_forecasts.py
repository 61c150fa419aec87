"""Forecasts on the pages of customers and segments."""

from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking
from tests.api.customers.test_forecasts import forecast, forecast_shop
from tests.dashboard.conftest import reading, values

__all__ = ["forecast", "forecast_shop"]
pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def pages(forecast_shop: str) -> AsyncIterator[AsyncClient]:
    async with reading(forecast_shop) as client:
        yield client


async def test_a_customer_has_the_forecast_of_the_api(pages: AsyncClient, forecast: AsyncClient) -> None:
    found = (await forecast.get("/v1/customers?sort=-clv&limit=1")).json()["data"][0]
    page = (await pages.get(f"/customers/{found['customer_id']}")).text
    assert (values(page, "money")[2], values(page, "percent")[0]) == (found["clv"], str(found["p_buys"]))


async def test_a_list_has_the_expected_spend(pages: AsyncClient, forecast: AsyncClient) -> None:
    found = (await forecast.get("/v1/customers?sort=-clv&limit=50")).json()["data"]
    page = (await pages.get("/customers?sort=-clv")).text
    assert values(page[page.index("<tbody>") :], "money")[1::2] == [row["clv"] for row in found]


async def test_a_list_is_filtered_by_the_expected_spend(pages: AsyncClient) -> None:
    page = (await pages.get("/customers?clv_min=50.00&p_buys_max=0.9")).text
    assert all(float(each) >= 50 for each in values(page[page.index("<tbody>") :], "money")[1::2])


async def test_a_segment_has_the_expected_spend_of_its_customers(pages: AsyncClient, forecast: AsyncClient) -> None:
    found = (await forecast.get("/v1/segments")).json()["data"][0]
    page = (await pages.get(f"/segments/{found['slug']}")).text
    assert values(page, "money")[1:3] == [found["clv"], found["mean_clv"]]


async def test_without_a_forecast_the_reason_is_shown(shop: str) -> None:
    async with asking(shop) as client, reading(shop) as pages:
        found = (await client.get("/v1/customers?limit=1")).json()["data"][0]
        assert "No forecast: too little data" in (await pages.get(f"/customers/{found['customer_id']}")).text
