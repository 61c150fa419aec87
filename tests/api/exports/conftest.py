"""A client that exports in small pages, and a shop with strange ids."""

from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient

from tests.api.conftest import change
from tests.api.exports.reading import ODD, asking


@pytest.fixture(scope="module")
async def client(shop: str) -> AsyncIterator[AsyncClient]:
    async with asking(shop) as client:
        yield client


@pytest.fixture
def strange_shop(own_shop: str) -> str:
    """Customers whose ids a spreadsheet would take for formulas, and some who only look so."""
    for place, text in enumerate(ODD):
        change(
            own_shop,
            "update segments.customer_segment set customer_id = :text, country = :text where customer_id = :id",
            text=text,
            id=f"O{place:02}",
        )
    return own_shop
