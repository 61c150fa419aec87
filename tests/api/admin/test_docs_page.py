"""Documentation page and OpenAPI document."""

import re

import pytest
from httpx import AsyncClient

from app.api.admin import docs_page
from app.api.core.openapi import DocumentedAPI

pytestmark = pytest.mark.anyio


async def test_the_root_redirects_to_the_documentation(client: AsyncClient) -> None:
    answer = await client.get("/", follow_redirects=True)
    assert (answer.url.path, answer.status_code) == ("/docs", 200)


async def test_everything_on_the_page_comes_from_this_server(client: AsyncClient) -> None:
    page = (await client.get("/docs")).text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert [(await client.get(f"/{each}")).status_code for each in addresses if each != "data:,"] == [200] * 4
    assert "//" not in page


async def test_the_page_may_run_only_own_scripts(client: AsyncClient) -> None:
    policy = (await client.get("/docs")).headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy


async def test_the_page_has_no_inline_script(client: AsyncClient) -> None:
    page = (await client.get("/docs")).text
    assert re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL) == ["", ""]


@pytest.mark.parametrize("path", ["..%2f__init__.py", "../core.py", "%2e%2e/core.py"])
async def test_assets_are_only_assets(client: AsyncClient, path: str) -> None:
    assert (await client.get(f"/docs/assets/{path}")).status_code in {401, 404}


async def test_the_document_is_serialized_once(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await client.get("/openapi.json")
    monkeypatch.setattr(DocumentedAPI, "openapi", None)  # fails when it is called
    assert (await client.get("/openapi.json")).content == first.content


@pytest.mark.parametrize("work", ["to_json", "compress", "blake2b"])
async def test_the_bytes_and_the_etag_of_the_document_are_computed_once(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch, work: str
) -> None:
    first = await client.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    monkeypatch.setattr(docs_page, work, None)  # fails when it is called
    again = await client.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert (again.content, again.headers["ETag"]) == (first.content, first.headers["ETag"])


async def test_the_document_is_compressed_on_request(client: AsyncClient) -> None:
    answers = [await client.get("/openapi.json", headers={"Accept-Encoding": each}) for each in ("gzip", "identity")]
    assert [answer.headers.get("Content-Encoding") for answer in answers] == ["gzip", None]
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize(("encodings", "encoding"), [("gzip;q=0", None), ("br, gzip;q=0.5", "gzip"), ("*", None)])
async def test_compression_follows_accept_encoding(client: AsyncClient, encodings: str, encoding: str | None) -> None:
    answer = await client.get("/openapi.json", headers={"Accept-Encoding": encodings})
    assert answer.headers.get("Content-Encoding") == encoding


async def test_an_unchanged_document_is_a_304(client: AsyncClient) -> None:
    tag = (await client.get("/openapi.json")).headers["ETag"]
    answer = await client.get("/openapi.json", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")
