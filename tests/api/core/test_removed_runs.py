"""Answers about days and runs whose training run was removed by retention."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api.conftest import AS_OF, asking, change, train_again

pytestmark = pytest.mark.anyio
REMOVE = (
    "delete from segments.publication_log where run_id = :run",
    "update segments.model set removed_at = now() where run_id = :run",
    "delete from segments.customer_segment where run_id = :run",
    "delete from segments.artifact where run_id = :run",
)


@pytest.fixture
def days(own_shop: str) -> tuple[str, list[Any]]:
    """Return a shop trained on three days, of which the second was removed, and the days."""
    days = [AS_OF + timedelta(days=age) for age in range(3)]
    for day in days[1:]:
        train_again(own_shop, day)
    return own_shop, days


async def removed(url: str, client: Any, day: Any) -> str:
    run_id: str = (await client.get(f"/v1/customers/R01?as_of={day}")).json()["run_id"]
    for statement in REMOVE:
        change(url, statement, run=run_id)
    return run_id


async def test_a_day_is_answered_from_the_newest_stored_run_before(days: tuple[str, list[Any]]) -> None:
    url, (first, second, third) = days
    async with asking(url, as_of=third) as client:
        before = (await client.get(f"/v1/customers/R01?as_of={first}")).json()["run_id"]
        run_id = await removed(url, client, second)
        answer = (await client.get(f"/v1/customers/R01?as_of={second}")).json()
    assert (answer["run_id"], run_id != before) == (before, True)


async def test_a_removed_run_cannot_be_exported(days: tuple[str, list[Any]]) -> None:
    url, (_, second, third) = days
    async with asking(url, as_of=third) as client:
        run_id = await removed(url, client, second)
        answer = await client.get(f"/v1/exports/customers?format=ndjson&run_id={run_id}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-run")


async def test_a_removed_run_has_no_transitions(days: tuple[str, list[Any]]) -> None:
    url, (_, second, third) = days
    async with asking(url, as_of=third) as client:
        run_id = await removed(url, client, second)
        answer = await client.get(f"/v1/transitions?from_run={run_id}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-run")


@pytest.mark.parametrize("path", ["/v1/changes?limit=1000", "/v1/customers/R01/history"])
async def test_changes_and_histories_are_unchanged(days: tuple[str, list[Any]], path: str) -> None:
    url, (first, _, third) = days
    async with asking(url, as_of=third) as client:
        before = (await client.get(path)).json()["data"]
        await removed(url, client, first)
        assert (await client.get(path)).json()["data"] == before != []


async def test_an_erased_customer_is_an_entry_of_the_feed(own_shop: str) -> None:
    async with asking(own_shop, erasure_key="a-key-for-tests-of-erasures-0123456789") as client:
        await client.delete("/v1/customers/R01")
        changes = (await client.get("/v1/changes?limit=1000")).json()["data"]
    assert [each["kind"] for each in changes if each["customer_id"] == "R01"] == ["erased"]
