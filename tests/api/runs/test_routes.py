"""Runs: requested, listed, polled."""

import asyncio
from functools import partial
from unittest.mock import ANY
from uuid import uuid4

import psycopg
import pytest
from httpx import AsyncClient
from sqlalchemy import Engine

from app.db.engine import url_of
from app.jobs.lease import RUNS_CHANNEL
from tests.api.conftest import asking, change
from tests.api.segments.test_members import pages
from tests.loading import change as change_rows

pytestmark = pytest.mark.anyio


async def test_the_newest_run_comes_first(client: AsyncClient) -> None:
    rows = (await client.get("/v1/runs")).json()["data"]
    assert [(row["job"], row["state"]) for row in rows] == [("retrain", "succeeded"), ("ingest", "succeeded")]


async def test_a_run_has_its_counts(client: AsyncClient) -> None:
    row = (await client.get("/v1/runs?job=ingest")).json()["data"][0]
    assert (row["counts"]["files"], row["counts"]["rows_quarantined"], row["error"]) == (4, 4, None)


async def test_one_run_is_that_of_the_list(client: AsyncClient) -> None:
    row = (await client.get("/v1/runs")).json()["data"][0]
    assert (await client.get(f"/v1/runs/{row['run_id']}")).json() == {**row, "steps": ANY}


async def test_pages_hold_every_run_once(client: AsyncClient) -> None:
    whole = (await client.get("/v1/runs")).json()["data"]
    found = await pages(client, "/v1/runs?limit=1")
    assert [row for page in found for row in page["data"]] == whole


async def test_an_unknown_run_is_a_404(client: AsyncClient) -> None:
    answer = await client.get(f"/v1/runs/{uuid4()}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-run")


async def test_a_malformed_run_id_is_named(client: AsyncClient) -> None:
    answer = await client.get("/v1/runs/latest")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "run_id")


@pytest.mark.parametrize("job", ["ingest", "rescore", "retrain", "report", "apply_contract"])
async def test_asking_for_a_run_queues_it(empty: AsyncClient, job: str) -> None:
    answer = await empty.post("/v1/runs", json={"job": job})
    assert answer.status_code == 202
    assert (answer.json()["job"], answer.json()["state"], answer.json()["trigger"]) == (job, "queued", "api")


async def test_the_location_of_a_run_answers_with_it(empty: AsyncClient) -> None:
    asked = await empty.post("/v1/runs", json={"job": "ingest"})
    assert (await empty.get(asked.headers["Location"])).json() == {**asked.json(), "steps": []}


async def test_asking_wakes_the_worker(empty: AsyncClient, database_url: str) -> None:
    with psycopg.connect(
        url_of(database_url).set(drivername="postgresql").render_as_string(False), autocommit=True
    ) as worker:
        worker.execute(f"listen {RUNS_CHANNEL}")
        await empty.post("/v1/runs", json={"job": "retrain"})
        heard = [notice.payload for notice in worker.notifies(timeout=5, stop_after=1)]
    assert heard == ["retrain"]


async def test_the_same_key_gives_the_same_run(empty: AsyncClient) -> None:
    asked = [await empty.post("/v1/runs", json={"job": "ingest"}, headers={"Idempotency-Key": "a"}) for _ in range(2)]
    assert [each.status_code for each in asked] == [202, 202]
    assert asked[0].json() == asked[1].json()
    assert len((await empty.get("/v1/runs")).json()["data"]) == 1


async def test_an_equal_request_gets_the_queued_run(empty: AsyncClient) -> None:
    asked = [await empty.post("/v1/runs", json={"job": "ingest"}, headers={"Idempotency-Key": key}) for key in "ab"]
    assert asked[0].json() == asked[1].json()


async def test_equal_requests_at_once_are_one_run(empty: AsyncClient) -> None:
    send = partial(empty.post, "/v1/runs", json={"job": "retrain"}, headers={"Idempotency-Key": "a"})
    asked = await asyncio.gather(*(send() for _ in range(10)))
    assert {each.status_code for each in asked} == {202}
    assert len({each.text for each in asked}) == 1


async def test_a_stored_response_stays_the_same(empty: AsyncClient, engine: Engine) -> None:
    send = partial(empty.post, "/v1/runs", json={"job": "ingest"}, headers={"Idempotency-Key": "a"})
    first = await send()
    change_rows(engine, "update pipeline.job_run set state = 'succeeded'")
    second = await send()
    assert (first.json(), first.headers["Location"]) == (second.json(), second.headers["Location"])


async def test_a_key_is_good_for_one_job(empty: AsyncClient) -> None:
    await empty.post("/v1/runs", json={"job": "ingest"}, headers={"Idempotency-Key": "a"})
    answer = await empty.post("/v1/runs", json={"job": "retrain"}, headers={"Idempotency-Key": "a"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/idempotency-key-reused")


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_has_1_to_255_letters(empty: AsyncClient, key: str) -> None:
    answer = await empty.post("/v1/runs", json={"job": "ingest"}, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["errors"][0]["header"]) == (422, "idempotency-key")


async def test_an_error_is_shown_without_its_statement(own_shop: str) -> None:
    error = "(psycopg.errors.DiskFull) could not extend file\n[SQL: insert into gold.customer_rfm ...]"
    change(own_shop, "update pipeline.job_run set error = :error", error=error)
    async with asking(own_shop) as client:
        rows = (await client.get("/v1/runs")).json()["data"]
    assert {row["error"] for row in rows} == {"(psycopg.errors.DiskFull) could not extend file"}
