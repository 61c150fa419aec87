"""Choice of the scheme on pages."""

import pytest
from httpx import AsyncClient

from app.segments.model.schemes import DECLARED
from tests.api.conftest import asking
from tests.api.customers.test_forecasts import forecast_shop, give_forecasts
from tests.dashboard.conftest import FORM, reading, values

__all__ = ["forecast_shop"]
pytestmark = pytest.mark.anyio
PAGES = ["/", "/segments", "/customers/R01", "/movement"]


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_of_a_scheme_offers_the_others(reader: AsyncClient, path: str) -> None:
    answer = await reader.get(path, params={"scheme": "rfm"})
    assert answer.status_code == 200
    assert [scheme.title for scheme in DECLARED if f">{scheme.title}</a>" not in answer.text] == []


async def test_the_customers_can_be_filtered_by_each_scheme(reader: AsyncClient) -> None:
    page = (await reader.get("/customers", params={"scheme": "rfm"})).text
    assert [scheme.title for scheme in DECLARED if f">{scheme.title}</option>" not in page] == []
    assert '<option value="rfm" selected>' in page


async def test_a_customer_has_their_scores_in_the_explanation(reader: AsyncClient) -> None:
    assert "RFM scores from 1 to 5" in (await reader.get("/customers/R01", params={"scheme": "rfm"})).text


async def test_the_page_of_models_shows_the_edges_of_the_value_bands(forecast_shop: str) -> None:
    async with asking(forecast_shop) as client, reading(forecast_shop) as reader:
        edges = (await client.get("/v1/value-edges")).json()["data"][0]["edges"]
        page = (await reader.get("/models")).text
    assert values(page[page.index('id="value-bands"') :], "money") == edges


async def test_the_page_of_models_has_the_share_of_the_largest_value_band(forecast_shop: str) -> None:
    async with reading(forecast_shop) as reader:
        page = (await reader.get("/models")).text
    assert "% of the customers. The edges stay" in page.partition('id="largest-band"')[2].partition("</p>")[0]


async def test_a_refit_of_the_value_bands_goes_to_its_run(own_shop: str) -> None:
    give_forecasts(own_shop)
    async with reading(own_shop) as reader:
        answer = await reader.post("/models/refit-value", headers=FORM)
        run = (await reader.get(answer.headers["Location"])).text
    assert (answer.status_code, "refit_value" in run) == (303, True)


async def test_a_customer_has_the_edges_of_the_band_in_the_explanation(forecast_shop: str) -> None:
    async with reading(forecast_shop) as reader:
        assert "the edges of the band" in (await reader.get("/customers/R01", params={"scheme": "value"})).text


@pytest.mark.parametrize("path", ["/customers/R01", "/segments", "/customers"])
async def test_without_a_forecast_a_page_of_value_bands_has_the_reason(reader: AsyncClient, path: str) -> None:
    answer = await reader.get(path, params={"scheme": "value"})
    assert (answer.status_code, "too little data" in answer.text) == (200, True)


async def test_a_value_band_has_its_range_of_expected_spend(forecast_shop: str) -> None:
    async with asking(forecast_shop) as client, reading(forecast_shop) as reader:
        edges = (await client.get("/v1/value-edges")).json()["data"][0]["edges"]
        page = (await reader.get("/segments", params={"scheme": "value"})).text
    row = page[page.index(">Value band 12</a>") :]
    assert values(row[: row.index("</tr>")], "money")[0] == edges[-1]


async def test_segments_by_rfm_have_the_values_of_each_score(reader: AsyncClient) -> None:
    page = (await reader.get("/segments", params={"scheme": "rfm"})).text
    assert page.partition('id="scores-heading"')[2].partition("</table>")[0].count("<tr>") == 6
