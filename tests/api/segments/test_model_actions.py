"""Promotion, discard and roll back of models by the API."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient

from app.db.engine import make_engine
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.champion import promote
from app.settings import Settings
from tests.api.conftest import AS_OF, asking, train_again
from tests.api.granting import new_key
from tests.conftest import NOW
from tests.loading import query
from tests.postgres import fresh_database

pytestmark = pytest.mark.anyio


@pytest.fixture
def own(postgres: str, challenged: tuple[str, UUID]) -> Iterator[str]:
    with fresh_database(postgres, challenged[0]) as url:
        yield url


@pytest.fixture
def challenger(challenged: tuple[str, UUID]) -> str:
    return str(challenged[1])


async def read(client: AsyncClient, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/v1/models/{run_id}")).json()
    return found


async def test_a_challenger_is_compared_with_the_champion(own: str, challenger: str) -> None:
    async with asking(own) as client:
        found = await read(client, challenger)
        current = (await client.get("/v1/models/current")).json()
        assert (found["outcome"], found["champion_run_id"], found["can_be_promoted"], found["is_current"]) == (
            "not_published",
            current["run_id"],
            True,
            False,
        )


async def test_the_comparison_counts_every_customer_under_both_models(own: str, challenger: str) -> None:
    async with asking(own) as client:
        sizes = (await read(client, challenger))["comparison"]["sizes"]
        assert sum(each["customers"] for each in sizes) == sum(each["champion_customers"] for each in sizes) == 59


async def test_a_promotion_is_queued_with_its_model(own: str, challenger: str) -> None:
    async with asking(own) as client:
        answer = await client.post(f"/v1/models/{challenger}/promote")
        assert (answer.status_code, answer.json()["job"]) == (202, "promote")
        assert answer.headers["Location"] == f"/v1/runs/{answer.json()['run_id']}"
    engine = make_engine(own)
    parameters = query(engine, "select parameters from pipeline.job_run where job = 'promote'")
    engine.dispose()
    assert parameters == [({"run_id": challenger},)]


async def test_a_discarded_challenger_cannot_be_promoted(own: str, challenger: str) -> None:
    async with asking(own) as client:
        assert (await client.post(f"/v1/models/{challenger}/discard")).json()["outcome"] == "discarded"
        answer = await client.post(f"/v1/models/{challenger}/promote")
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/model-conflict")


async def test_an_unknown_model_is_a_404(own: str) -> None:
    async with asking(own) as client:
        for path in (f"/v1/models/{uuid4()}", f"/v1/models/{uuid4()}/promote", f"/v1/models/{uuid4()}/discard"):
            answer = await client.request("GET" if path.count("/") == 3 else "POST", path)
            assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-model")


async def test_a_roll_back_is_queued_with_its_model(own_shop: str) -> None:
    async with asking(own_shop) as client:
        first = (await client.get("/v1/models/current")).json()["run_id"]
        train_again(own_shop, AS_OF + timedelta(days=1))
        answer = await client.post(f"/v1/models/{first}/roll-back")
        assert (answer.status_code, answer.json()["job"]) == (202, "roll_back")
    engine = make_engine(own_shop)
    parameters = query(engine, "select parameters from pipeline.job_run where job = 'roll_back'")
    engine.dispose()
    assert parameters == [({"run_id": first},)]


async def test_a_roll_back_to_the_champion_is_refused(own: str) -> None:
    async with asking(own) as client:
        current = (await client.get("/v1/models/current")).json()["run_id"]
        answer = await client.post(f"/v1/models/{current}/roll-back")
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/model-conflict")


async def test_a_change_of_the_champion_is_in_the_audit_log(own: str, challenger: str) -> None:
    async with asking(own) as client:
        await client.post(f"/v1/models/{challenger}/discard")
    engine = make_engine(own)
    paths = query(engine, "select path from access.audit_entry")
    engine.dispose()
    assert ("/v1/models/{run_id}/discard",) in paths


async def test_a_key_that_reads_segments_cannot_change_the_champion(own: str, challenger: str) -> None:
    async with asking(own, key=new_key(own, ["segments:read"]).key) as client:
        answer = await client.post(f"/v1/models/{challenger}/promote")
        assert (answer.status_code, "models:write" in answer.json()["detail"]) == (403, True)


async def test_after_a_promotion_the_segments_are_those_of_the_challenger(own: str, challenger: str) -> None:
    engine = make_engine(own)
    with running(engine, "promote") as run:
        promote(Context(engine, Settings(as_of=AS_OF + timedelta(days=1)), clock=lambda: NOW), run, UUID(challenger))
    engine.dispose()
    async with asking(own, as_of=AS_OF + timedelta(days=1)) as client:
        found = (await client.get("/v1/segments")).json()
        assert (found["run_id"], found["as_of"]) == (challenger, "2026-03-02")
