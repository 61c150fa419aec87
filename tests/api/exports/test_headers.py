"""Headers and problems of an export."""

from uuid import uuid4

import pytest
from httpx import AsyncClient

from tests.api.conftest import change
from tests.api.exports.reading import asking, export, problem

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("ndjson", "application/x-ndjson"),
        ("csv", "text/csv; charset=utf-8"),
        ("parquet", "application/vnd.apache.parquet"),
    ],
)
async def test_a_file_has_a_type_and_a_name(client: AsyncClient, name: str, media_type: str) -> None:
    headers = (await export(client, f"format={name}")).headers
    assert headers["Content-Type"] == media_type
    assert headers["Content-Disposition"] == f'attachment; filename="customers_2026-03-01.{name}"'


async def test_freshness_is_in_headers(client: AsyncClient) -> None:
    headers, page = (await export(client)).headers, (await client.get("/v1/customers?limit=1")).json()
    names = {"run_id": "Run-Id", "as_of": "As-Of", "data_through": "Data-Through", "quality": "Quality"}
    assert {name: headers[f"Regulars-{header}"] for name, header in names.items()} == {
        name: page[name] for name in names
    }


async def test_a_stream_has_no_etag_and_is_not_cached(client: AsyncClient) -> None:
    headers = (await export(client)).headers
    assert ("etag" in headers, headers["Cache-Control"]) == (False, "private, no-store")


async def test_a_reason_that_no_header_can_hold_is_encoded(own_shop: str) -> None:
    change(own_shop, "update pipeline.freshness set warning = '日本\r\nSet-Cookie: a'")
    async with asking(own_shop) as client:
        headers = (await export(client)).headers
    assert headers["Regulars-Quality-Reason"] == "%E6%97%A5%E6%9C%AC%0D%0ASet-Cookie: a"


async def test_an_unknown_run_is_a_problem(client: AsyncClient) -> None:
    run_id = uuid4()
    assert problem(await export(client, f"run_id={run_id}")) == (
        404,
        "/problems/unknown-run",
        f"The training run {run_id} is not stored; export the current one.",
    )


async def test_an_unknown_segment_names_the_nearest(client: AsyncClient) -> None:
    status, kind, detail = problem(await export(client, "segment=champion"))
    assert (status, kind, "did you mean champions" in detail) == (404, "/problems/unknown-segment", True)


@pytest.mark.parametrize(
    "query", ["format=xlsx", "limit=0", "limit=99999999999", "run_id=x", "recency_min=-1", "header=maybe", "cursor=x"]
)
async def test_a_malformed_parameter_is_a_422(client: AsyncClient, query: str) -> None:
    answer = await export(client, query)
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, query.partition("=")[0])


async def test_before_anything_is_published_there_is_no_model(empty: AsyncClient) -> None:
    assert problem(await export(empty))[:2] == (503, "/problems/no-model")


async def test_nothing_is_published_on_a_day_before(client: AsyncClient) -> None:
    assert problem(await export(client, "as_of=2020-01-01"))[:2] == (404, "/problems/not-published-yet")


async def test_head_returns_headers_only(client: AsyncClient) -> None:
    answer = await client.head("/v1/exports/customers?format=csv")
    assert (answer.status_code, answer.content, "Regulars-Run-Id" in answer.headers) == (200, b"", True)
