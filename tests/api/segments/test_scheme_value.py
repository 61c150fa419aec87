"""Scheme value in the API: bands of expected spend, their edges, and customers without a forecast."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from httpx import AsyncClient

from app.db.engine import make_engine
from tests.api.conftest import asking, change
from tests.api.customers.test_forecasts import forecast, forecast_shop, give_forecasts
from tests.api.customers.test_list import rows
from tests.api.exports.reading import each_format, exported
from tests.api.granting import new_key
from tests.loading import query

__all__ = ["forecast", "forecast_shop"]
pytestmark = pytest.mark.anyio
PATHS = [
    *("/v1/segments", "/v1/segments/value-12", "/v1/segments/value-12/customers", "/v1/recommendations"),
    *("/v1/segments/value-12/distribution", "/v1/customers/R01", "/v1/customers/R01/segment", "/v1/trends/segments"),
    *("/v1/customers/R01/explanation", "/v1/customers/R01/history", "/v1/customers/sample", "/v1/changes"),
    *("/v1/transitions", "/v1/transitions/moves", "/v1/exports/customers"),
]
TOO_LITTLE = "too little data"


@pytest.fixture(scope="module")
async def listed(forecast: AsyncClient) -> list[dict[str, Any]]:
    """Every customer in the scheme value."""
    return await rows(forecast, "scheme=value")


@pytest.fixture(scope="module")
async def edges(forecast: AsyncClient) -> dict[str, Any]:
    """The edges in use."""
    found: dict[str, Any] = (await forecast.get("/v1/value-edges")).json()["data"][0]
    return found


@pytest.fixture
async def own(own_shop: str) -> AsyncIterator[AsyncClient]:
    """A client of a shop without forecasts."""
    async with asking(own_shop) as client:
        yield client


def band_of(clv: str, edges: dict[str, Any]) -> int:
    return 12 - len(edges["edges"]) + sum(float(edge) <= float(clv) for edge in edges["edges"])


@pytest.mark.parametrize("path", PATHS)
async def test_every_operation_with_schemes_has_it(forecast: AsyncClient, path: str) -> None:
    answer = await forecast.get(path, params={"scheme": "value"})
    assert answer.status_code == 200, answer.text


async def test_a_customer_is_in_the_band_of_the_listed_spend(
    listed: list[dict[str, Any]], edges: dict[str, Any]
) -> None:
    assert [row["slug"] for row in listed] == [f"value-{band_of(row['clv'], edges):02}" for row in listed]
    assert len({row["slug"] for row in listed}) > 2


async def test_the_edges_have_their_day_and_days_ahead(edges: dict[str, Any]) -> None:
    assert (edges["as_of"], edges["days"], edges["customers"], edges["cause"]) == ("2026-03-01", 90, 59, "first")


async def test_a_list_is_filtered_by_bands(forecast: AsyncClient, listed: list[dict[str, Any]]) -> None:
    wanted = await rows(forecast, "scheme=value&segment=value-12&segment=value-11")
    assert wanted == [row for row in listed if row["slug"] in {"value-11", "value-12"}]


@each_format
async def test_an_export_has_the_bands_of_the_list(
    forecast: AsyncClient, listed: list[dict[str, Any]], name: str
) -> None:
    assert await exported(forecast, "scheme=value", name) == listed


async def test_an_explanation_names_the_edges(
    forecast: AsyncClient, listed: list[dict[str, Any]], edges: dict[str, Any]
) -> None:
    row = next(row for row in listed if row["slug"] == "value-08")
    found = (await forecast.get(f"/v1/customers/{row['customer_id']}/explanation?scheme=value")).json()["explanation"]
    position = 8 - 12 + len(edges["edges"])
    low, high = edges["edges"][position - 1], edges["edges"][position]
    expected = {"band": 8, "clv": row["clv"], "days": 90, "at_least": low, "less_than": high}
    assert found["rule"]["expected"] == {**expected, "edges_as_of": "2026-03-01"}
    assert f"Expected spend in the next 90 days: {row['clv']}" in found["summary"]
    assert found["counterfactuals"] == []


async def test_a_scored_customer_has_the_band_of_the_listed_one(
    forecast: AsyncClient, listed: list[dict[str, Any]]
) -> None:
    row = listed[7]
    profile = (await forecast.get(f"/v1/customers/{row['customer_id']}")).json()
    tenure = (date.fromisoformat(profile["as_of"]) - date.fromisoformat(profile["first_invoice_date"])).days
    body = {name: profile[name] for name in ("recency", "frequency", "monetary")}
    scored = (await forecast.post("/v1/score", json={**body, "tenure": tenure, "scheme": "value"})).json()
    assert (scored["segments"]["value"]["slug"], scored["value_reason"]) == (row["slug"], None)
    assert scored["explanation"]["rule"]["expected"]["clv"] == row["clv"]


async def test_a_score_of_transactions_has_a_band(forecast: AsyncClient) -> None:
    sale = {"invoice_no": "536365", "invoice_date": "2026-02-20", "stock_code": "22411", "quantity": 2}
    line = {**sale, "unit_price": "10.00"}
    scored = (await forecast.post("/v1/score", json={"transactions": [line]})).json()
    assert scored["segments"]["value"]["slug"].startswith("value-")


async def test_a_score_without_the_first_sale_has_a_reason(forecast: AsyncClient) -> None:
    body = {"recency": 3, "frequency": 2, "monetary": "60.00", "scheme": "value"}
    scored = (await forecast.post("/v1/score", json=body)).json()
    assert (scored["segments"]["value"], "send `tenure`" in scored["explanation"]["summary"]) == (None, True)


@pytest.mark.parametrize("path", ["segment", "explanation"])
async def test_a_customer_without_a_forecast_has_no_band_and_a_reason(client: AsyncClient, path: str) -> None:
    answer = await client.get(f"/v1/customers/R01/{path}?scheme=value")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/no-segment")
    assert TOO_LITTLE in answer.json()["detail"]


async def test_a_profile_without_a_forecast_has_the_reason(client: AsyncClient) -> None:
    found = (await client.get("/v1/customers/R01?scheme=value")).json()
    assert (found["segment"], TOO_LITTLE in found["segment_reason"]) == (None, True)


@pytest.mark.parametrize("path", ["/v1/customers", "/v1/segments"])
async def test_a_list_without_forecasts_is_empty_and_has_the_reason(client: AsyncClient, path: str) -> None:
    found = (await client.get(path, params={"scheme": "value"})).json()
    assert (found["data"], TOO_LITTLE in found["forecast_reason"]) == ([], True)


async def test_a_lookup_without_forecasts_has_the_reason(client: AsyncClient) -> None:
    found = (await client.post("/v1/customers/lookup", json={"customer_ids": ["R01"], "scheme": "value"})).json()
    assert (found["customers"], TOO_LITTLE in found["forecast_reason"]) == ([], True)


async def test_an_export_of_bands_without_forecasts_is_refused(client: AsyncClient) -> None:
    answer = await client.get("/v1/exports/customers?scheme=value")
    assert (answer.status_code, TOO_LITTLE in answer.json()["detail"]) == (409, True)


async def test_a_refit_is_queued_and_audited(own_shop: str) -> None:
    give_forecasts(own_shop)
    async with asking(own_shop) as client:
        answer = await client.post("/v1/value-edges")
        assert (answer.status_code, answer.json()["job"]) == (202, "refit_value")
    engine = make_engine(own_shop)
    paths = query(engine, "select path from access.audit_entry")
    engine.dispose()
    assert ("/v1/value-edges",) in paths


async def test_a_refit_without_a_forecast_is_a_conflict(own: AsyncClient) -> None:
    answer = await own.post("/v1/value-edges")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/no-value-bands")
    assert TOO_LITTLE in answer.json()["detail"]


async def test_a_key_that_reads_segments_cannot_refit(own_shop: str) -> None:
    async with asking(own_shop, key=new_key(own_shop, ["segments:read"]).key) as client:
        answer = await client.post("/v1/value-edges")
        assert (answer.status_code, "models:write" in answer.json()["detail"]) == (403, True)


async def test_a_customer_who_left_the_bands_is_gone_from_the_feed(own_shop: str) -> None:
    change(
        own_shop,
        "update segments.customer_change set kind = 'moved', value_before = 'value-03', value_cause = 'model' "
        "where customer_id = 'R01'",
    )
    async with asking(own_shop) as client:
        (found,) = (await client.get("/v1/changes?scheme=value")).json()["data"]
        assert (found["kind"], found["previous_slug"], found["slug"]) == ("gone", "value-03", None)
