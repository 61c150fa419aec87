"""Health checks."""

import pytest
from alembic.script import ScriptDirectory
from httpx import AsyncClient

from tests.api.conftest import asking, change
from tests.api.core.test_problems import GONE

pytestmark = pytest.mark.anyio


async def test_liveness_needs_no_database() -> None:
    async with asking(GONE) as client:
        answer = await client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


async def test_a_service_with_a_model_is_ready(client: AsyncClient) -> None:
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()["model"]) == (200, "published")


async def test_a_service_without_a_model_is_ready(empty: AsyncClient) -> None:
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


async def test_the_text_of_the_driver_is_logged_and_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    async with asking(GONE) as client:
        answer = await client.get("/health/ready")
    assert answer.json()["detail"] == "database: no response, or login refused; see the log of the server"
    assert any("127.0.0.1" in each.getMessage() for each in caplog.records)


async def test_a_refused_login_of_the_migration_check_is_not_shown(own_shop: str) -> None:
    async with asking(own_shop) as client:
        change(own_shop, "alter table schema_version rename to away")
        assert "schema_version" not in (await client.get("/health/ready")).text


async def test_migration_scripts_are_read_once(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    await client.get("/health/ready")
    monkeypatch.setattr(ScriptDirectory, "from_config", None)  # fails when it is called
    assert (await client.get("/health/ready")).status_code == 200
