"""For whoever watches the service."""

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking, change
from tests.api.core.test_problems import GONE

pytestmark = pytest.mark.anyio


async def test_alive_is_alive_without_a_database() -> None:
    async with asking(GONE) as client:
        answer = await client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


async def test_a_service_with_a_model_is_ready(client: AsyncClient) -> None:
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()["model"]) == (200, "published")


async def test_a_service_without_a_model_is_ready_and_says_so(empty: AsyncClient) -> None:
    answer = await empty.get("/health/ready")
    assert (answer.status_code, answer.json()["model"]) == (200, "none yet")


async def test_without_a_database_it_is_not_ready() -> None:
    async with asking(GONE) as client:
        answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/not-ready")
    assert answer.json()["errors"][0]["detail"].startswith("database")


async def test_without_migrations_it_is_not_ready(own_shop: str) -> None:
    change(own_shop, "delete from schema_version")
    async with asking(own_shop) as client:
        answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert "regulars migrate" in answer.json()["errors"][0]["detail"]


async def test_what_is_missing_names_no_host() -> None:
    async with asking(GONE) as client:
        assert "127.0.0.1" not in (await client.get("/health/ready")).text
