"""The connection that lookups of segments share: never behind a commit, and back as soon as the database is."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
from httpx import AsyncClient
from sqlalchemy import make_url, text

from app.api.core.kept_reader import PersistentReader
from app.db.engine import make_async_engine
from app.settings import Settings
from tests.api.conftest import asking, change
from tests.postgres import fresh_database

pytestmark = pytest.mark.anyio
PID = text("select pg_backend_pid() as pid")
ALONE = "/v1/customers/R01/segment"
CUT = (
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = :name and application_name = 'regulars-api'"
)


@pytest.fixture
async def own_client(own_shop: str) -> AsyncIterator[AsyncClient]:
    async with asking(own_shop) as client:
        assert (await client.get(ALONE)).status_code == 200
        yield client


def name_of(url: str) -> str:
    return make_url(url).database or ""


def cut(postgres: str, shop: str) -> None:
    """End every connection of the API, as a restart of PostgreSQL does."""
    change(postgres, CUT, name=name_of(shop))


def close(postgres: str, shop: str, *, is_closed: bool) -> None:
    """Let nobody connect any more, or everybody again."""
    with psycopg.connect(postgres.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'alter database "{name_of(shop)}" allow_connections {not is_closed}')


async def test_questions_share_a_connection(own_shop: str, postgres: str) -> None:
    reader = PersistentReader(make_async_engine(own_shop), Settings())
    first, second = (await reader.rows(PID), await reader.rows(PID))
    cut(postgres, own_shop)
    third = await reader.rows(PID)
    await reader.close()
    await reader.engine.dispose()
    assert first == second != third


async def test_an_answer_is_never_older_than_the_last_commit(own_client: AsyncClient, own_shop: str) -> None:
    for cluster in (7, 8, 9):
        change(own_shop, "update segments.customer_segment set cluster = :cluster", cluster=cluster)
        assert (await own_client.get(ALONE)).json()["cluster"] == cluster


async def test_a_lost_connection_is_noticed_by_nobody(own_client: AsyncClient, postgres: str, own_shop: str) -> None:
    cut(postgres, own_shop)
    answers = await asyncio.gather(*(own_client.get(ALONE) for _ in range(20)))
    assert {each.status_code for each in answers} == {200}


async def test_while_the_database_is_away_that_is_said(own_client: AsyncClient, postgres: str, own_shop: str) -> None:
    close(postgres, own_shop, is_closed=True)
    cut(postgres, own_shop)
    answer = await own_client.get(ALONE)
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/database-unavailable")


async def test_when_the_database_is_back_answers_are_too(own_client: AsyncClient, postgres: str, own_shop: str) -> None:
    close(postgres, own_shop, is_closed=True)
    cut(postgres, own_shop)
    await own_client.get(ALONE)
    close(postgres, own_shop, is_closed=False)
    assert (await own_client.get(ALONE)).status_code == 200


async def test_no_connection_stays_when_the_app_stops(postgres: str, own_shop: str) -> None:
    async with asking(own_shop) as client:
        await client.get(ALONE)
    with fresh_database(postgres, name_of(own_shop)) as copy:  # of which nobody may be connected to
        assert copy != own_shop


@pytest.mark.parametrize("customer_id", ["R01", "R02", "nobody"])
async def test_a_query_changes_the_way_but_not_the_answer(client: AsyncClient, customer_id: str) -> None:
    path = f"/v1/customers/{customer_id}/segment"
    plain, asked = await client.get(path), await client.get(f"{path}?scheme=kmeans")
    assert (plain.status_code, plain.content) == (asked.status_code, asked.content)


async def test_an_answer_that_still_holds_is_a_304(client: AsyncClient) -> None:
    tag = (await client.get(ALONE)).headers["ETag"]
    assert (await client.get(ALONE, headers={"If-None-Match": tag})).status_code == 304


async def test_the_answer_is_as_documented(client: AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    fields = list(document["components"]["schemas"]["CustomerSegment"]["properties"])
    assert sorted((await client.get(ALONE)).json()) == sorted(fields)
