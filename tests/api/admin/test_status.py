"""Pipeline status."""

from datetime import UTC, datetime

import pytest
from httpx import AsyncClient

from app.db.engine import make_engine
from app.jobs.job_queue import TRIGGER_CLOCK, enqueue
from app.jobs.runs import running

pytestmark = pytest.mark.anyio


async def test_status_has_the_slots_of_a_wrong_clock(empty: AsyncClient, database_url: str) -> None:
    engine = make_engine(database_url)
    enqueue(engine, "ingest", TRIGGER_CLOCK, datetime(2100, 1, 1, tzinfo=UTC))
    engine.dispose()
    assert (await empty.get("/v1/status")).json()["slots_ahead"] == {"ingest": "2100-01-01T00:00:00Z"}


async def test_status_has_the_number_of_settling_files(empty: AsyncClient, database_url: str) -> None:
    engine = make_engine(database_url)
    with running(engine, "ingest") as run:
        run.counts["settling"] = 2
    engine.dispose()
    assert (await empty.get("/v1/status")).json()["settling"] == 2
