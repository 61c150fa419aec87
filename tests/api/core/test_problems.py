"""Problem responses."""

import logging
from collections.abc import AsyncIterator
from html import escape

import pytest
from asgi_correlation_id import CorrelationIdFilter
from httpx import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import create_async_engine

import app.api.routers  # noqa: F401  # declares the kinds of every resource
from app.api.core.dependencies import Reader
from app.api.core.problems import ProblemKind, all_kinds, as_sentence, declare
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
        "title": "Customer not found",
        "status": 404,
        "detail": "No customer 'nobody' has a segment in the current run.",
        "instance": "/v1/customers/nobody",
    }


async def test_a_problem_is_not_cached(client: AsyncClient) -> None:
    assert (await client.get("/v1/customers/nobody")).headers["Cache-Control"] == "no-store"


async def test_an_unknown_path_is_a_problem(client: AsyncClient) -> None:
    answer = await client.get("/v1/costumers")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


async def test_a_wrong_method_is_a_problem_with_the_allowed_ones(client: AsyncClient) -> None:
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
async def test_allow_names_every_method_of_a_path(client: AsyncClient, path: str, methods: str) -> None:
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
async def test_the_pointer_of_a_bad_body(client: AsyncClient, body: bytes, pointer: str) -> None:
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


async def test_an_unexpected_error_shows_nothing(own_shop: str) -> None:
    change(own_shop, "alter table segments.customer_segment rename column frequency to since")
    async with asking(own_shop) as client:
        answer = await client.get("/v1/customers/R01")
    assert answer.status_code == 500
    assert answer.json() == {
        "type": "/problems/internal-error",
        "title": "Internal server error",
        "status": 500,
        "instance": "/v1/customers/R01",
    }


async def test_every_log_line_of_a_request_has_its_id(own_shop: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(CorrelationIdFilter())
    change(own_shop, "alter table segments.customer_segment rename column frequency to since")
    async with asking(own_shop) as client:
        answer = await client.get("/v1/customers/R01")
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.__dict__["correlation_id"] == answer.headers["X-Request-Id"]
    assert record.exc_info


@pytest.mark.parametrize(
    "path", ["customers/R01", "customers/R01/segment", "segments", "files", "runs", "quality/quarantine"]
)
async def test_without_the_database_retry_after_is_sent(away: AsyncClient, path: str) -> None:
    answer = await away.get(f"/v1/{path}")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/database-unavailable")
    assert (answer.headers["Retry-After"], "detail" in answer.json()) == ("5", False)


async def test_without_the_database_no_run_can_be_started(away: AsyncClient) -> None:
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


async def test_the_type_of_every_problem_is_documented_at_its_path(client: AsyncClient) -> None:
    pages = [(await client.get(kind.uri)).json() for kind in all_kinds()]
    assert [(page["status"], page["remedy"]) for page in pages] == [(k.status, k.remedy) for k in all_kinds()]


async def test_problems_lists_every_kind(client: AsyncClient) -> None:
    listed = (await client.get("/problems")).json()["data"]
    assert [each["type"] for each in listed] == [kind.uri for kind in all_kinds()]


async def test_problems_is_a_page_for_browsers(client: AsyncClient) -> None:
    answer = await client.get("/problems", headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.headers["Content-Type"].startswith("text/html")
    assert [kind.title for kind in all_kinds() if escape(kind.title) not in answer.text] == []


def test_every_raised_kind_is_declared_once() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        declare("unauthorized", 401, "", "")


def test_titles_and_remedies_are_sentences_of_one_form() -> None:
    def is_plain(kind: ProblemKind) -> bool:
        return (
            kind.title[0].isupper() and kind.title[-1].isalnum() and kind.remedy[0].isupper() and kind.remedy[-1] == "."
        )

    assert [kind.name for kind in all_kinds() if not is_plain(kind)] == []


@pytest.mark.parametrize(("content_type", "shown"), [(None, "missing"), ("text/plain", "'text/plain'")])
async def test_a_body_without_a_json_content_type_is_refused(
    client: AsyncClient, content_type: str | None, shown: str
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    answer = await client.post("/v1/runs", content=b'{"job": "ingest"}', headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/json-required")
    assert answer.json()["detail"] == f"The content type of the body is {shown}; send application/json."


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON", "application/x+json"])
async def test_every_json_content_type_is_accepted(client: AsyncClient, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    answer = await client.post("/v1/customers/lookup", content=b'{"customer_ids": ["R01"]}', headers=headers)
    assert answer.status_code == 200


async def test_an_unknown_type_is_not_found(client: AsyncClient) -> None:
    assert (await client.get("/problems/nothing")).status_code == 404


def test_a_message_becomes_a_sentence_and_keeps_its_capitals() -> None:
    assert as_sentence(ValueError("the API has 50 webhooks")) == "The API has 50 webhooks."
