"""Exports written by the worker: requested, refused, listed."""

import hashlib
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient

from app.contract.declared import with_currency
from app.db.engine import make_engine
from app.exports.export import export
from app.exports.request import ExportRequest
from app.jobs.context import Context
from app.jobs.job_queue import next_queued
from app.jobs.runs import running
from app.settings import Settings
from tests.api.conftest import asking, change

pytestmark = pytest.mark.anyio


def work(url: str, target: Path) -> None:
    """Do what waits, as the worker does."""
    engine = make_engine(url)
    due = next_queued(engine)
    assert due is not None
    wanted = ExportRequest.model_validate(due.parameters)
    with running(engine, due.job, run_id=due.run_id) as run:
        export(Context(engine, with_currency(Settings(export_target=str(target)))), run, wanted)
    engine.dispose()


def written(target: Path) -> dict[str, bytes]:
    """The files below a folder, by path."""
    return {str(path): path.read_bytes() for path in target.rglob("*") if path.is_file()}


async def ask(client: AsyncClient, key: str | None = None, **body: Any) -> Any:
    return await client.post("/v1/exports", json=body, headers={"Idempotency-Key": key} if key else {})


async def test_it_is_queued_and_leads_to_its_run(own_shop: str, tmp_path: Path) -> None:
    async with asking(own_shop, export_target=str(tmp_path)) as client:
        answer = await ask(client, format="csv", tier=["Premium"], monetary_min="1.50", changed_since="2026-01-01")
        run = (await client.get(answer.headers["Location"])).json()
    assert (answer.status_code, run["job"], run["state"]) == (202, "export", "queued")
    assert run["parameters"] == {
        "scheme": "kmeans",
        "tier": ["Premium"],
        "monetary_min": "1.50",
        "changed_since": "2026-01-01",
        "format": "csv",
    }


async def test_a_written_export_has_its_location(own_shop: str, tmp_path: Path) -> None:
    async with asking(own_shop, export_target=str(tmp_path)) as client:
        run_id = (await ask(client, format="ndjson", country=["United Kingdom"])).json()["run_id"]
        work(own_shop, tmp_path)
        found = (await client.get(f"/v1/exports/{run_id}")).json()
        streamed = await client.get("/v1/exports/customers?country=United Kingdom")
    content = written(tmp_path)[found["location"]]
    assert content == streamed.content
    assert (found["state"], found["customers"], found["bytes"]) == ("written", 59, len(content))
    assert found["sha256"] == hashlib.sha256(content).hexdigest()


async def test_the_location_has_one_slash_after_a_target_that_ends_with_one(own_shop: str, tmp_path: Path) -> None:
    async with asking(own_shop, export_target=str(tmp_path)) as client:
        run_id = (await ask(client, format="ndjson")).json()["run_id"]
        work(own_shop, tmp_path)
        change(own_shop, "update pipeline.export_object set target = 's3://crm/exports/', key = 'a.csv'")
        assert (await client.get(f"/v1/exports/{run_id}")).json()["location"] == "s3://crm/exports/a.csv"


async def test_the_list_is_of_the_newest_first(own_shop: str, tmp_path: Path) -> None:
    async with asking(own_shop, export_target=str(tmp_path)) as client:
        for format_name in ("csv", "parquet", "csv"):
            await ask(client, format=format_name)
            work(own_shop, tmp_path)
        pages = [(await client.get("/v1/exports?limit=2")).json()]
        pages.append((await client.get(f"/v1/exports?limit=2&cursor={pages[0]['next_cursor']}")).json())
        chosen = (await client.get("/v1/exports?format=parquet")).json()
    assert [[row["format"] for row in page["data"]] for page in (*pages, chosen)] == [
        ["csv", "parquet"],
        ["csv"],
        ["parquet"],
    ]


async def test_an_idempotency_key_asks_once(own_shop: str, tmp_path: Path) -> None:
    async with asking(own_shop, export_target=str(tmp_path)) as client:
        answers = [await ask(client, "once", format=name) for name in ("csv", "csv", "ndjson")]
    assert answers[0].json()["run_id"] == answers[1].json()["run_id"]
    assert answers[2].json()["type"] == "/problems/idempotency-key-reused"


async def test_too_many_queued_exports_are_refused_with_the_remedy(own_shop: str, tmp_path: Path) -> None:
    async with asking(own_shop, export_target=str(tmp_path)) as client:
        answers = [await ask(client, format="csv", monetary_min=f"{number}.00") for number in range(51)]
        other = await client.post("/v1/runs", json={"job": "ingest"})
    assert [answer.status_code for answer in answers] == [202] * 50 + [429]
    assert answers[-1].json()["type"] == "/problems/too-many-queued-runs"
    assert "50 runs of export are queued already; wait until some have ended" in answers[-1].json()["detail"]
    assert (answers[-1].headers["Retry-After"], other.status_code) == ("60", 202)


async def test_without_a_place_it_is_refused(client: AsyncClient) -> None:
    answer = await ask(client, format="csv")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/no-export-target")


async def test_an_unknown_segment_names_the_nearest(shop: str) -> None:
    async with asking(shop, export_target="/tmp") as client:  # noqa: S108  # nothing is written
        answer = await ask(client, format="csv", segment=["champion"])
    assert (answer.status_code, "did you mean champions" in answer.json()["detail"]) == (404, True)


async def test_before_anything_is_published_there_is_no_model(database_url: str) -> None:
    async with asking(database_url, export_target="/tmp") as client:  # noqa: S108
        answer = await ask(client, format="csv")
    assert answer.json()["type"] == "/problems/no-model"


@pytest.mark.parametrize(
    "body",
    [{}, {"format": "xlsx"}, {"format": "csv", "limit": 3}, {"format": "csv", "recency_min": -1}, {"format": None}],
)
async def test_a_malformed_body_is_a_422(shop: str, body: dict[str, Any]) -> None:
    async with asking(shop, export_target="/tmp") as client:  # noqa: S108
        answer = await client.post("/v1/exports", json=body)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")


async def test_an_export_that_has_not_begun_is_a_problem(client: AsyncClient) -> None:
    answer = await client.get(f"/v1/exports/{uuid4()}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-export")
