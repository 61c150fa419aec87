"""Customers whose ids browsers would read as parts of a path."""

from urllib.parse import quote

import pytest
from httpx import URL, AsyncClient

from app.dashboard.frame.addresses import customer_lineage_path, customer_path

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("customer_id", [".", ".."])
@pytest.mark.parametrize("path_of", [customer_path, customer_lineage_path])
async def test_an_id_of_dots_has_a_page(reader: AsyncClient, path_of: type[str], customer_id: str) -> None:
    path = path_of(customer_id)
    assert URL("http://regulars").join(path).path == path
    assert f"No customer <strong>{customer_id}</strong>" in (await reader.get(path)).text


async def test_the_search_leads_to_an_id_of_dots(reader: AsyncClient) -> None:
    assert (await reader.get("/customers?find=..")).headers["Location"] == "/customer/id-.."


@pytest.mark.parametrize("customer_id", ["a/b", "../../runs?x=1&y=%2F#z"])
async def test_links_of_a_page_keep_the_slashes_of_an_id(reader: AsyncClient, customer_id: str) -> None:
    path = f"/customers/{quote(customer_id, safe='')}"
    page = (await reader.get(f"http://regulars{path}?colour=red")).text
    assert f'href="{path}">Open without filters' in page


async def test_schemes_of_an_id_with_a_slash_are_linked(reader: AsyncClient) -> None:
    page = (await reader.get("http://regulars/customers/12%2F7")).text
    assert 'href="/customers/12%2F7?scheme=rules"' in page
