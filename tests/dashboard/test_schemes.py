"""Choice of the scheme on pages."""

import pytest
from httpx import AsyncClient

from app.segments.model.schemes import DECLARED

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
