"""Report of a model: as it was stored, or why there is none."""

from collections.abc import AsyncIterator, Iterator
from datetime import date

import pytest
from httpx import AsyncClient

from app.db.engine import make_engine
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.report import report
from app.settings import Settings
from tests.api.conftest import asking
from tests.conftest import NOW
from tests.postgres import fresh_database

pytestmark = pytest.mark.anyio
UNKNOWN = "57a8cb78-d20e-413a-ad4c-4a8edd5b367f"


@pytest.fixture(scope="module")
def reported(postgres: str, published: str) -> Iterator[str]:
    """URL of the published shop with the report of its model."""
    with fresh_database(postgres, published) as url:
        engine = make_engine(url)
        with running(engine, "report") as run:
            report(Context(engine, Settings(as_of=date(2026, 3, 1)), clock=lambda: NOW), run)
        engine.dispose()
        yield url


@pytest.fixture
async def client(reported: str) -> AsyncIterator[AsyncClient]:
    async with asking(reported) as client:
        yield client


async def test_the_report_is_that_of_the_current_model(client: AsyncClient) -> None:
    answer = (await client.get("/v1/models/current/report")).json()
    assert (answer["run_id"], answer["customers"]) == ((await client.get("/v1/models")).json()["data"][0]["run_id"], 59)


async def test_a_model_is_requested_by_its_run(client: AsyncClient) -> None:
    current = (await client.get("/v1/models/current/report")).json()
    assert (await client.get(f"/v1/models/{current['run_id']}/report")).json() == current


async def test_the_clusters_of_the_report_have_all_customers(client: AsyncClient) -> None:
    clusters = (await client.get("/v1/models/current/report")).json()["clusters"]["clusters"]
    assert sum(each["customers"] for each in clusters) == 59


async def test_a_short_history_is_a_reason(client: AsyncClient) -> None:
    answer = (await client.get("/v1/models/current/report")).json()
    assert "too little data" in answer["holdout"]["reason"]
    assert "too little data" in answer["forecast"]["reason"]
    assert answer["holdout"]["schemes"] == []


@pytest.mark.parametrize(("path", "status"), [(UNKNOWN, 404), ("nothing", 422)])
async def test_an_unknown_model_is_a_problem(client: AsyncClient, path: str, status: int) -> None:
    assert (await client.get(f"/v1/models/{path}/report")).status_code == status


async def test_a_report_that_is_not_computed_says_how(shop: str) -> None:
    async with asking(shop) as client:
        answer = (await client.get("/v1/models/current/report")).json()
    assert answer["type"].endswith("no-report")


async def test_before_the_first_training_run_there_is_no_model(empty: AsyncClient) -> None:
    assert (await empty.get("/v1/models/current/report")).status_code == 503
