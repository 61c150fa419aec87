"""What a client is told when it cannot be answered."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgi_correlation_id import CorrelationIdFilter
from httpx import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import create_async_engine

from app.api.core.dependencies import Reader
from app.api.core.problems import KINDS, sentence
from app.db.engine import url_of
from app.errors import DatabaseUnavailable
from app.settings import Settings
from tests.api.conftest import asking, change
from tests.postgres import fresh_database

pytestmark = pytest.mark.anyio
GONE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture
async def away() -> AsyncIterator[AsyncClient]:
    """A client of a server whose database does not answer."""
    async with asking(GONE) as client:
        yield client


async def test_a_problem_is_a_document_of_rfc_9457(client: AsyncClient) -> None:
    answer = await client.get("/v1/customers/nobody?scheme=rules")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "/problems/unknown-customer",
        "title": "No such customer",
        "status": 404,
        "detail": "No customer 'nobody' has a segment in the current run.",
        "instance": "/v1/customers/nobody",
    }


async def test_a_problem_is_not_kept(client: AsyncClient) -> None:
    assert (await client.get("/v1/customers/nobody")).headers["Cache-Control"] == "no-store"


async def test_an_unknown_address_is_a_problem(client: AsyncClient) -> None:
    answer = await client.get("/v1/costumers")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


async def test_a_wrong_method_is_a_problem_that_names_the_right_ones(client: AsyncClient) -> None:
    answer = await client.delete("/v1/segments")
    assert (answer.status_code, answer.json()["type"]) == (405, "/problems/method-not-allowed")
    assert answer.headers["Allow"] == "GET"


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/runs", "GET, POST"),
        ("/v1/customers/lookup", "POST"),
        ("/v1/webhooks/06a2e338-cf44-4528-a6b1-19c221002140", "DELETE, GET, PATCH"),
    ],
)
async def test_an_address_names_all_that_it_takes(client: AsyncClient, path: str, methods: str) -> None:
    assert (await client.put(path)).headers["Allow"] == methods


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"job": "dance"}', "#/job"),
        (b"{}", "#/job"),
        (b'{"job": "ingest", "a/b~c d": 1}', "#/a~1b~0c%20d"),
        (b"[]", "#"),
        (b"", "#"),
        (b'{"job": ', "#"),
    ],
)
async def test_a_bad_body_is_pointed_at(client: AsyncClient, body: bytes, pointer: str) -> None:
    answer = await client.post("/v1/runs", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_every_wrong_parameter_is_named(client: AsyncClient) -> None:
    errors = (await client.get("/v1/quality/daily-counts?limit=0&layer=gold")).json()["errors"]
    assert {error["parameter"] for error in errors} == {"limit", "layer"}


@pytest.mark.parametrize("body", [b"[" * 60_000, b'"\xff"', b'{"job": "\\ud800"}', b"9" * 50_000, b"NaN"])
async def test_a_hostile_body_is_refused(client: AsyncClient, body: bytes) -> None:
    answer = await client.post("/v1/runs", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_a_large_body_is_refused_unread(client: AsyncClient) -> None:
    answer = await client.post("/v1/runs", content=b" " * 70_000)
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")


async def test_a_large_body_of_unknown_length_is_refused(client: AsyncClient) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b" " * 1000

    answer = await client.post("/v1/runs", content=body(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")


async def test_a_failure_tells_nothing(own_shop: str) -> None:
    change(own_shop, "alter table segments.customer_segment rename column recency to since")
    async with asking(own_shop) as client:
        answer = await client.get("/v1/customers/R01")
    assert answer.status_code == 500
    assert answer.json() == {
        "type": "/problems/internal-error",
        "title": "The server failed",
        "status": 500,
        "instance": "/v1/customers/R01",
    }


async def test_every_log_line_of_a_request_has_its_id(own_shop: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(CorrelationIdFilter())
    change(own_shop, "alter table segments.customer_segment rename column recency to since")
    async with asking(own_shop) as client:
        answer = await client.get("/v1/customers/R01")
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.__dict__["correlation_id"] == answer.headers["X-Request-Id"]
    assert record.exc_info


@pytest.mark.parametrize(
    "path", ["customers/R01", "customers/R01/segment", "segments", "files", "runs", "quality/quarantine"]
)
async def test_without_the_database_the_client_is_told_to_wait(away: AsyncClient, path: str) -> None:
    answer = await away.get(f"/v1/{path}")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/database-unavailable")
    assert (answer.headers["Retry-After"], "detail" in answer.json()) == ("5", False)


async def test_without_the_database_no_run_can_be_asked_for(away: AsyncClient) -> None:
    assert (await away.post("/v1/runs", json={"job": "ingest"})).status_code == 503


async def test_a_database_without_tables_is_unavailable(postgres: str) -> None:
    with fresh_database(postgres, "template0") as url:
        async with asking(url) as client:
            answer = await client.get("/v1/segments")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/database-unavailable")


async def test_a_busy_pool_is_an_unavailable_database(shop: str) -> None:
    engine = create_async_engine(url_of(shop), pool_size=1, max_overflow=0, pool_timeout=0.01)
    try:
        async with engine.connect():
            with pytest.raises(DatabaseUnavailable, match="busy"):
                await Reader(engine, Settings()).rows(select(1))
    finally:
        await engine.dispose()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_the_type_of_a_problem_leads_to_what_it_means(client: AsyncClient, kind: Any) -> None:
    answer = (await client.get(kind.uri)).json()
    assert (answer["status"], answer["remedy"]) == (kind.status, kind.remedy)


async def test_an_unknown_type_leads_nowhere(client: AsyncClient) -> None:
    assert (await client.get("/problems/nothing")).status_code == 404


def test_a_message_becomes_a_sentence_and_keeps_its_capitals() -> None:
    assert sentence(ValueError("the API has 50 webhooks")) == "The API has 50 webhooks."
