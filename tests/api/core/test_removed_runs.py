"""Answers about days and runs whose training run was removed by retention."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.contract.declared import with_currency
from app.db.engine import make_engine
from app.exports.export import export
from app.exports.request import ExportRequest
from app.jobs.context import Context
from app.jobs.runs import Run, running
from app.pipeline.retention import delete_expired
from app.settings import Settings
from tests.api.conftest import AS_OF, asking, train_again

pytestmark = pytest.mark.anyio
NEXT_WEEK = AS_OF + timedelta(days=9)
NEXT_YEAR = AS_OF + timedelta(days=400)


@dataclass(frozen=True)
class Shop:
    """A shop trained on three days, Sunday to Tuesday.

    Attributes:
        runs: id of the training run of each day.
    """

    url: str
    days: list[date]
    runs: list[str]

    def retain(self, today: date = NEXT_WEEK) -> int:
        """Delete what is past its retention period on a day; return the number of training runs removed.

        By default that is the run of the second day, which is neither the current run nor the newest of its week.
        """
        settings = Settings(
            as_of=today, training_retention_days=1, training_retention_weeks=4, training_retention_months=3
        )
        context = Context(make_engine(self.url), settings, clock=lambda: datetime.now(UTC) + timedelta(days=9))
        deleted = delete_expired(context, Run(uuid4(), "retain"))
        context.engine.dispose()
        return deleted["training_runs"]


@pytest.fixture
async def shop(own_shop: str) -> Shop:
    days = [AS_OF + timedelta(days=age) for age in range(3)]
    for day in days[1:]:
        train_again(own_shop, day)
    async with asking(own_shop, as_of=days[2]) as client:
        runs = [(await client.get(f"/v1/customers/R01?as_of={day}")).json()["run_id"] for day in days]
    return Shop(own_shop, days, runs)


def exported(url: str, target: Path) -> UUID:
    """Export all customers of the current run; return the id of the export."""
    context = Context(make_engine(url), with_currency(Settings(export_target=str(target))))
    with running(context.engine, "export") as run:
        export(context, run, ExportRequest(format="csv"))
    context.engine.dispose()
    return run.run_id


async def test_a_day_is_answered_from_the_newest_stored_run_before(shop: Shop) -> None:
    assert shop.retain() == 1
    async with asking(shop.url, as_of=shop.days[2]) as client:
        answer = (await client.get(f"/v1/customers/R01?as_of={shop.days[1]}")).json()
    assert answer["run_id"] == shop.runs[0]


async def test_a_removed_run_cannot_be_exported(shop: Shop) -> None:
    shop.retain()
    async with asking(shop.url, as_of=shop.days[2]) as client:
        answer = await client.get(f"/v1/exports/customers?format=ndjson&run_id={shop.runs[1]}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-run")


async def test_a_removed_run_has_no_transitions(shop: Shop) -> None:
    shop.retain()
    async with asking(shop.url, as_of=shop.days[2]) as client:
        answer = await client.get(f"/v1/transitions?from_run={shop.runs[1]}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-run")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/changes?limit=1000",
        "/v1/customers/R01/history",
        "/v1/customers/R01",
        "/v1/customers?limit=1000&include=recommendation",
        "/v1/segments",
    ],
)
async def test_answers_that_need_no_removed_run_are_unchanged(shop: Shop, path: str) -> None:
    async with asking(shop.url, as_of=shop.days[2]) as client:
        before = (await client.get(path)).json()
        assert shop.retain(NEXT_YEAR) == 2
        assert (await client.get(path)).json() == before


async def test_an_export_of_a_removed_run_stays_listed(own_shop: str, tmp_path: Path) -> None:
    export_id = exported(own_shop, tmp_path)
    train_again(own_shop, AS_OF + timedelta(days=1))
    async with asking(own_shop) as client:
        before = (await client.get(f"/v1/exports/{export_id}")).json()
        assert Shop(own_shop, [], []).retain(NEXT_YEAR) == 1
        assert (await client.get("/v1/exports")).json()["data"] == [before]


async def test_an_erased_customer_is_an_entry_of_the_feed(own_shop: str) -> None:
    async with asking(own_shop, erasure_key="a-key-for-tests-of-erasures-0123456789") as client:
        await client.delete("/v1/customers/R01")
        changes = (await client.get("/v1/changes?limit=1000")).json()["data"]
    assert [each["kind"] for each in changes if each["customer_id"] == "R01"] == ["erased"]
