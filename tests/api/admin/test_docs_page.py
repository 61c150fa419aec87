"""The page for people."""

import re

import pytest
from httpx import AsyncClient

pytestmark = pytest.mark.anyio


async def test_the_root_leads_to_the_reference(client: AsyncClient) -> None:
    answer = await client.get("/", follow_redirects=True)
    assert (answer.url.path, answer.status_code) == ("/docs", 200)


async def test_everything_on_the_page_comes_from_this_server(client: AsyncClient) -> None:
    page = (await client.get("/docs")).text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert [(await client.get(f"/{each}")).status_code for each in addresses if each != "data:,"] == [200] * 4
    assert "//" not in page


async def test_the_page_may_run_no_script_of_others(client: AsyncClient) -> None:
    policy = (await client.get("/docs")).headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy


async def test_the_page_has_no_script_in_it(client: AsyncClient) -> None:
    page = (await client.get("/docs")).text
    assert re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL) == ["", ""]


@pytest.mark.parametrize("path", ["..%2f__init__.py", "../core.py", "%2e%2e/core.py"])
async def test_assets_are_only_assets(client: AsyncClient, path: str) -> None:
    assert (await client.get(f"/docs/assets/{path}")).status_code in {401, 404}
