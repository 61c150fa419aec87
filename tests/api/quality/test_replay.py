"""Requests to replay or discard quarantined rows."""

from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy import text

from app.db.engine import make_engine
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.replay import QuarantineFilter, discard, replay
from app.settings import Settings
from tests.api.conftest import AS_OF, asking
from tests.conftest import NOW

pytestmark = pytest.mark.anyio
QUARANTINE = "/v1/quality/quarantine"


def parameters(url: str) -> Any:
    """Return the parameters of the newest run."""
    engine = make_engine(url)
    with engine.connect() as connection:
        found = connection.execute(
            text("select parameters from pipeline.job_run order by scheduled_for desc limit 1")
        ).scalar_one()
    engine.dispose()
    return found


@pytest.mark.parametrize(("path", "job"), [("replay", "replay"), ("discard", "discard_quarantine")])
async def test_asking_queues_a_run(own_shop: str, path: str, job: str) -> None:
    async with asking(own_shop) as client:
        answer = await client.post(f"{QUARANTINE}/{path}", json={"expectation": "valid_quantity"})
    assert answer.status_code == 202
    assert (answer.json()["job"], answer.json()["state"], answer.json()["trigger"]) == (job, "queued", "api")


async def test_the_location_of_a_replay_answers_with_it(own_shop: str) -> None:
    async with asking(own_shop) as client:
        asked = await client.post(f"{QUARANTINE}/replay", json={"file_id": 3})
        found = (await client.get(asked.headers["Location"])).json()
    assert {name: found[name] for name in asked.json()} == asked.json()


@pytest.mark.parametrize(
    ("body", "stored"),
    [
        ({"file_id": 3}, {"file_id": 3, "status": "open"}),
        ({"file_ids": [2, 3]}, {"file_ids": [2, 3], "status": "open"}),
        ({"file_states": ["rejected"]}, {"file_states": ["rejected"], "status": "open"}),
        ({"invoice_date": "2026-02-20"}, {"invoice_date": "2026-02-20", "status": "open"}),
        ({"processing_date": "2026-03-01"}, {"processing_date": "2026-03-01", "status": "open"}),
        ({"source_file": "a.csv", "file_id": None}, {"source_file": "a.csv", "status": "open"}),
        ({"expectation": "parse", "status": "discarded"}, {"expectation": "parse", "status": "discarded"}),
        ({"all": True}, {"all": True, "status": "open"}),
    ],
)
async def test_the_selection_is_stored_with_the_run(
    own_shop: str, body: dict[str, Any], stored: dict[str, Any]
) -> None:
    async with asking(own_shop) as client:
        await client.post(f"{QUARANTINE}/replay", json=body)
    assert parameters(own_shop) == stored
    assert QuarantineFilter.from_values(stored).as_dict() == stored


@pytest.mark.parametrize("job", ["replay", "discard"])
@pytest.mark.parametrize("body", [{}, {"status": "open"}, {"all": False}, {"file_id": None}])
async def test_nothing_is_chosen_by_silence(client: AsyncClient, job: str, body: dict[str, Any]) -> None:
    answer = await client.post(f"{QUARANTINE}/{job}", json=body)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/no-rows-selected")


@pytest.mark.parametrize(
    ("job", "body", "pointer"),
    [
        ("replay", {"file_id": 0}, "#/file_id"),
        ("replay", {"file_id": True}, "#/file_id"),
        ("replay", {"file_id": "3"}, "#/file_id"),
        ("replay", {"file_ids": []}, "#/file_ids"),
        ("replay", {"file_ids": [3, "4"]}, "#/file_ids/1"),
        ("replay", {"file_states": ["loaded"]}, "#/file_states/0"),
        ("discard", {"file_states": ["rejected"]}, "#/file_states"),
        ("replay", {"invoice_date": "2026-02-30"}, "#/invoice_date"),
        ("replay", {"processing_date": "yesterday"}, "#/processing_date"),
        ("replay", {"file_id": 3, "status": "replayed"}, "#/status"),
        ("discard", {"file_id": 3, "status": "discarded"}, "#/status"),
        ("discard", {"file_id": 3, "line_no": 4}, "#/line_no"),
        ("discard", {"all": "yes"}, "#/all"),
    ],
)
async def test_a_bad_filter_is_named(client: AsyncClient, job: str, body: dict[str, Any], pointer: str) -> None:
    answer = await client.post(f"{QUARANTINE}/{job}", json=body)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])


@pytest.mark.parametrize("job", ["replay", "discard"])
async def test_an_unknown_expectation_is_named_with_the_known_ones(client: AsyncClient, job: str) -> None:
    problem = (await client.post(f"{QUARANTINE}/{job}", json={"expectation": "valid_price"})).json()
    assert (problem["type"], problem["errors"][0]["pointer"]) == ("/problems/unknown-expectation", "#/expectation")
    assert "choose one of parse, plausible_date, valid_customer_id" in problem["detail"]


@pytest.mark.parametrize("job", ["replay", "discard"])
@pytest.mark.parametrize("body", [{"file_id": 9007199254740991}, {"file_ids": [1, 9007199254740991]}])
async def test_an_unknown_file_is_a_404(client: AsyncClient, job: str, body: dict[str, Any]) -> None:
    answer = await client.post(f"{QUARANTINE}/{job}", json=body)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-file")


async def test_the_same_key_gives_the_same_replay(own_shop: str) -> None:
    async with asking(own_shop) as client:
        asked = [
            await client.post(f"{QUARANTINE}/replay", json={"file_id": 3}, headers={"Idempotency-Key": "a"})
            for _ in range(2)
        ]
    assert [each.status_code for each in asked] == [202, 202]
    assert asked[0].json() == asked[1].json()


@pytest.mark.parametrize(("job", "body"), [("discard", {"file_id": 3}), ("replay", {"file_id": 2})])
async def test_a_key_is_good_for_one_request(own_shop: str, job: str, body: dict[str, Any]) -> None:
    async with asking(own_shop) as client:
        await client.post(f"{QUARANTINE}/replay", json={"file_id": 3}, headers={"Idempotency-Key": "a"})
        answer = await client.post(f"{QUARANTINE}/{job}", json=body, headers={"Idempotency-Key": "a"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/idempotency-key-reused")


async def test_rows_that_came_in_are_listed_as_replayed(own_shop: str) -> None:
    engine = make_engine(own_shop)
    context = Context(engine, Settings(as_of=AS_OF), clock=lambda: NOW)
    with engine.begin() as connection:
        connection.execute(
            text("update bronze.retail_transactions set invoice_date = '2026-02-20' where invoice_date = 'yesterday'")
        )
    replay(context, Run(uuid4(), "replay"), QuarantineFilter(expectation="valid_invoice_date"))
    discard(context, Run(uuid4(), "discard_quarantine"), QuarantineFilter(expectation="valid_unit_price"))
    engine.dispose()
    async with asking(own_shop) as client:
        rows = (await client.get(QUARANTINE)).json()["data"]
    assert [row["status"] for row in rows] == ["open", "discarded", "discarded", "replayed"]
