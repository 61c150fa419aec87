"""Segment lookup: shared connection, recovery after a lost one, answers."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
from httpx import AsyncClient
from sqlalchemy import func, make_url, select

from app.api.core.segment_lookup import DedicatedConnection
from app.db.engine import make_async_engine
from tests.api.conftest import asking, change
from tests.postgres import fresh_database

pytestmark = pytest.mark.anyio
PID = select(func.pg_backend_pid().label("pid"))
LOOKUP = "/v1/customers/R01/segment"
CUT = (
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = :name and application_name = 'regulars-api'"
)


@pytest.fixture
async def own_client(own_shop: str) -> AsyncIterator[AsyncClient]:
    async with asking(own_shop) as client:
        assert (await client.get(LOOKUP)).status_code == 200
        yield client


def name_of(url: str) -> str:
    return make_url(url).database or ""


def cut(postgres: str, shop: str) -> None:
    """End every connection of the API, as a restart of PostgreSQL does."""
    change(postgres, CUT, name=name_of(shop))


def close(postgres: str, shop: str, *, is_closed: bool) -> None:
    """Refuse new connections, or allow them again."""
    with psycopg.connect(postgres.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'alter database "{name_of(shop)}" allow_connections {not is_closed}')


async def test_queries_share_a_connection_until_it_is_lost(own_shop: str, postgres: str) -> None:
    engine = make_async_engine(own_shop)
    connection = DedicatedConnection(engine, PID.compile(dialect=engine.dialect))
    first, second = (await connection.fetch({}), await connection.fetch({}))
    cut(postgres, own_shop)
    third = await connection.fetch({})
    await connection.close()
    await engine.dispose()
    assert first == second != third


async def test_an_answer_shows_the_last_commit(own_client: AsyncClient, own_shop: str) -> None:
    for cluster in (7, 8, 9):
        change(own_shop, "update segments.customer_segment set cluster = :cluster", cluster=cluster)
        assert (await own_client.get(LOOKUP)).json()["cluster"] == cluster


async def test_a_lost_connection_is_opened_again(own_client: AsyncClient, postgres: str, own_shop: str) -> None:
    cut(postgres, own_shop)
    answers = await asyncio.gather(*(own_client.get(LOOKUP) for _ in range(20)))
    assert {each.status_code for each in answers} == {200}


async def test_a_closed_database_is_a_503(own_client: AsyncClient, postgres: str, own_shop: str) -> None:
    close(postgres, own_shop, is_closed=True)
    cut(postgres, own_shop)
    answer = await own_client.get(LOOKUP)
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/database-unavailable")


async def test_a_reopened_database_is_read_again(own_client: AsyncClient, postgres: str, own_shop: str) -> None:
    close(postgres, own_shop, is_closed=True)
    cut(postgres, own_shop)
    await own_client.get(LOOKUP)
    close(postgres, own_shop, is_closed=False)
    assert (await own_client.get(LOOKUP)).status_code == 200


async def test_no_connection_is_left_when_the_app_stops(postgres: str, own_shop: str) -> None:
    async with asking(own_shop) as client:
        await client.get(LOOKUP)
    with fresh_database(postgres, name_of(own_shop)) as copy:  # fails while a connection is open
        assert copy != own_shop


@pytest.mark.parametrize("customer_id", ["R01", "R02", "nobody"])
async def test_the_validated_and_the_direct_route_answer_alike(client: AsyncClient, customer_id: str) -> None:
    path = f"/v1/customers/{customer_id}/segment"
    plain, asked = await client.get(path), await client.get(f"{path}?scheme=kmeans")
    assert (plain.status_code, plain.content) == (asked.status_code, asked.content)


async def test_an_unchanged_answer_is_a_304(client: AsyncClient) -> None:
    tag = (await client.get(LOOKUP)).headers["ETag"]
    assert (await client.get(LOOKUP, headers={"If-None-Match": tag})).status_code == 304


async def test_the_answer_is_as_documented(client: AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    fields = list(document["components"]["schemas"]["CustomerSegment"]["properties"])
    assert sorted((await client.get(LOOKUP)).json()) == sorted(fields)
