"""Custom segments on pages."""

from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient

from tests.dashboard.conftest import reading

pytestmark = pytest.mark.anyio
TITLE = "your own conditions"
SEGMENTS = {"big": "Big", "big-spenders": "Big spenders"}


@pytest.fixture(scope="module")
async def custom(custom_shop: str) -> AsyncIterator[AsyncClient]:
    async with reading(custom_shop) as client:
        yield client


async def page(client: AsyncClient, path: str) -> str:
    answer = await client.get(path, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("path", ["/segments", "/customers"])
async def test_custom_segments_are_offered_where_there_are_some(
    custom: AsyncClient, reader: AsyncClient, path: str
) -> None:
    assert (TITLE in await page(custom, path), TITLE in await page(reader, path)) == (True, False)


@pytest.mark.parametrize("path", ["/", "/movement", "/customers/B00"])
async def test_pages_with_the_one_segment_of_a_customer_do_not_offer_them(custom: AsyncClient, path: str) -> None:
    assert TITLE not in await page(custom, path)


async def test_the_segments_are_listed(custom: AsyncClient) -> None:
    shown = await page(custom, "/segments?scheme=custom")
    assert ("2 segments" in shown, ">Big</a>" in shown, ">Big spenders</a>" in shown) == (True, True, True)


async def test_a_segment_has_its_distributions_and_members_and_no_moves(custom: AsyncClient) -> None:
    shown = await page(custom, "/segments/big?scheme=custom")
    found = [each in shown for each in ('id="figure-boxes-monetary"', ">B02</a>", "Moves in and out")]
    assert found == [True, True, False]


async def test_the_customers_of_a_segment_are_listed(custom: AsyncClient) -> None:
    assert "15 customers" in (await page(custom, "/customers?scheme=custom&segment=big-spenders")).replace(
        '<data value="15" data-format="integer">15</data>', "15"
    )


async def test_without_a_segment_the_customers_are_those_of_the_first(custom: AsyncClient) -> None:
    answer = await custom.get("/customers?scheme=custom&sort=-monetary")
    assert answer.headers["Location"] == "/customers?scheme=custom&sort=-monetary&segment=big"


async def test_without_custom_segments_the_customers_are_all(reader: AsyncClient) -> None:
    assert (await reader.get("/customers?scheme=custom")).headers["Location"] == "/customers"


@pytest.mark.parametrize(
    ("given", "shown"),
    [("scheme=custom&segment=champions", "?scheme=custom&segment=big"), ("scheme=rules&segment=big", "?scheme=rules")],
)
async def test_segments_of_the_scheme_before_are_left_out(custom: AsyncClient, given: str, shown: str) -> None:
    assert (await custom.get(f"/customers?{given}")).headers["Location"] == f"/customers{shown}"


async def test_a_search_among_the_members_goes_to_the_customer(custom: AsyncClient) -> None:
    answer = await custom.get("/customers?scheme=custom&segment=big&find=B00")
    assert answer.headers["Location"] == "/customers/B00"


async def test_an_unknown_segment_is_a_problem(custom: AsyncClient) -> None:
    assert (await custom.get("/customers?scheme=custom&segment=bigger")).status_code == 404


async def test_a_member_is_linked_to_their_page(custom: AsyncClient) -> None:
    assert '<a href="/customers/B00">' in await page(custom, "/customers?scheme=custom&segment=big")


async def test_a_customer_has_the_links_to_their_custom_segments(custom: AsyncClient) -> None:
    shown = await page(custom, "/customers/B00")
    links = [f'<a href="/segments/{slug}?scheme=custom">{name}</a>' for slug, name in SEGMENTS.items()]
    assert [link for link in links if link not in shown] == []
