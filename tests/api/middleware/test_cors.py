"""CORS: off by default, never with credentials."""

import pytest

from app.api.exports.stream import EXPORT_HEADERS
from tests.api.conftest import asking

pytestmark = pytest.mark.anyio
CRM = "https://crm.example"
PREFLIGHT = {"Origin": CRM, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}


async def test_without_the_setting_no_page_may_read(shop: str) -> None:
    async with asking(shop) as client:
        answers = [
            await client.get("/v1/segments", headers={"Origin": CRM}),
            await client.options("/v1/segments", headers=PREFLIGHT),
        ]
    assert [name for answer in answers for name in answer.headers if name.startswith("access-control")] == []


async def test_a_page_of_a_configured_origin_may_read_the_limits(shop: str) -> None:
    async with asking(shop, cors_origins=f"http://localhost:3000, {CRM}") as client:
        headers = (await client.get("/v1/segments", headers={"Origin": CRM})).headers
    assert (headers["Access-Control-Allow-Origin"], "RateLimit" in headers["Access-Control-Expose-Headers"]) == (
        CRM,
        True,
    )


async def test_a_page_may_read_the_headers_of_an_export(shop: str) -> None:
    async with asking(shop, cors_origins=CRM) as client:
        headers = (await client.get("/v1/segments", headers={"Origin": CRM})).headers
    assert set(EXPORT_HEADERS) - set(headers["Access-Control-Expose-Headers"].split(", ")) == set()


@pytest.mark.parametrize("origin", ["https://evil.example", "https://crm.example.evil", "null", "http://crm.example"])
async def test_a_page_of_another_origin_may_not(shop: str, origin: str) -> None:
    async with asking(shop, cors_origins=CRM) as client:
        headers = (await client.get("/v1/segments", headers={"Origin": origin})).headers
    assert "Access-Control-Allow-Origin" not in headers


async def test_a_preflight_needs_no_key(shop: str) -> None:
    async with asking(shop, key=None, cors_origins=CRM) as client:
        answer = await client.options("/v1/segments", headers=PREFLIGHT)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, CRM)


async def test_a_page_can_read_a_refusal(shop: str) -> None:
    async with asking(shop, key=None, cors_origins=CRM) as client:
        answer = await client.get("/v1/segments", headers={"Origin": CRM})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (401, CRM)


@pytest.mark.parametrize("origins", [CRM, "*"])
async def test_credentials_are_never_allowed(shop: str, origins: str) -> None:
    async with asking(shop, cors_origins=origins) as client:
        headers = (await client.get("/v1/segments", headers={"Origin": CRM, "Cookie": "a=b"})).headers
    assert "Access-Control-Allow-Credentials" not in headers
