"""The feed of changes: polled for ever, nothing missed, nothing twice."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import text

from app.db.engine import make_engine
from tests.api.conftest import AS_OF, asking, assign_again, change, train_again
from tests.loading import until_somebody_waits

pytestmark = pytest.mark.anyio


async def feed(client: AsyncClient, after: int = 0, query: str = "") -> dict[str, Any]:
    answer = await client.get(f"/v1/changes?after={after}&{query}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def everything(client: AsyncClient, after: int = 0, query: str = "") -> tuple[list[dict[str, Any]], int]:
    """All changes from a place on, and the place reached."""
    found = []
    while True:
        page = await feed(client, after, query)
        found += page["data"]
        after = page["next_after"]
        if not page["has_more"]:
            return found, after


def buys(url: str, customer_id: str, day: date) -> None:
    change(
        url,
        """insert into gold.customer_rfm values (:id, :day, :day, 9, 9999, 'France', now())
        on conflict (customer_id) do update set last_invoice_date = :day, frequency = 9, monetary = 9999""",
        id=customer_id,
        day=day,
    )
    assign_again(url, day)


async def test_who_begins_at_0_meets_everybody_once(client: AsyncClient) -> None:
    found, _ = await everything(client, query="limit=7")
    everybody = (await client.get("/v1/customers?limit=1000")).json()["data"]
    assert [each["customer_id"] for each in found] == [each["customer_id"] for each in everybody]
    assert {each["kind"] for each in found} == {"first"}


async def test_whoever_follows_the_feed_knows_where_everybody_is(own_shop: str) -> None:
    known: dict[str, str | None] = {}
    after = 0
    async with asking(own_shop, as_of=AS_OF + timedelta(days=90)) as client:
        for number in range(6):
            found, after = await everything(client, after, "scheme=rules&limit=5")
            known |= {each["customer_id"]: each["segment"] for each in found}
            day = AS_OF + timedelta(days=10 * number)
            buys(own_shop, f"O{number:02}", day)
            train_again(own_shop, day)
        found, after = await everything(client, after, "scheme=rules")
        known |= {each["customer_id"]: each["segment"] for each in found}
        now = (await client.get("/v1/customers?limit=1000&scheme=rules")).json()["data"]
    assert known == {each["customer_id"]: each["segment"] for each in now}


async def test_a_change_names_both_segments(own_shop: str) -> None:
    async with asking(own_shop, as_of=AS_OF) as client:
        after = (await feed(client, query="limit=1000"))["next_after"]
        buys(own_shop, "O01", AS_OF)
        (found,) = (await feed(client, after, "scheme=rules"))["data"]
    assert {name: found[name] for name in ("customer_id", "kind", "cause", "previous_slug", "slug", "segment")} == {
        "customer_id": "O01",
        "kind": "moved",
        "cause": "customer",
        "previous_slug": "base-value-inactive",
        "slug": "high-value-active-engaged",
        "segment": "High Value - Active & Engaged",
    }


async def test_who_went_leaves_a_segment_and_enters_none(own_shop: str) -> None:
    change(own_shop, "delete from gold.customer_rfm where customer_id = 'R01'")
    assign_again(own_shop)
    async with asking(own_shop) as client:
        gone = (await everything(client))[0][-1]
    assert [gone[name] for name in ("customer_id", "kind", "cause", "segment", "cluster")] == [
        *("R01", "gone", "gone"),
        *(None, None),
    ]


async def test_when_there_is_nothing_new_the_place_stays(client: AsyncClient) -> None:
    after = (await feed(client, query="limit=1000"))["next_after"]
    again = await feed(client, after)
    assert (again["data"], again["next_after"], again["has_more"]) == ([], after, False)


async def test_what_a_filter_leaves_out_is_passed_over(client: AsyncClient) -> None:
    whole = (await feed(client, query="limit=1000&scheme=rules"))["next_after"]
    some = await feed(client, query="limit=1000&scheme=rules&segment=high-value-active-engaged")
    assert (len(some["data"]), some["next_after"]) == (15, whole)


async def test_a_change_that_is_not_committed_is_waited_for(own_shop: str) -> None:
    """Another transaction cannot come before it: it waits for the lock that is held until the commit."""
    engine = make_engine(own_shop)
    async with asking(own_shop) as client:
        after = (await feed(client, query="limit=1000"))["next_after"]
        with engine.connect() as connection, connection.begin():
            connection.execute(text("select pg_advisory_xact_lock(hashtext('regulars.gold'))"))
            overtaking = asyncio.create_task(asyncio.to_thread(buys, own_shop, "O01", AS_OF))
            await asyncio.to_thread(until_somebody_waits, engine)
            assert (await feed(client, after))["data"] == []
        await overtaking
        assert [each["customer_id"] for each in (await feed(client, after))["data"]] == ["O01"]
    engine.dispose()


async def test_a_place_that_was_never_given_says_that_the_database_is_another(client: AsyncClient) -> None:
    answer = await client.get("/v1/changes?after=1000000000")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/invalid-cursor")
    assert "restored" in answer.json()["detail"]


async def test_an_unknown_segment_names_the_nearest(client: AsyncClient) -> None:
    answer = await client.get("/v1/changes?segment=champoins")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-segment")
    assert "champions" in answer.json()["detail"]


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=9223372036854775808", "limit=0", "limit=1001"])
async def test_a_malformed_place_is_a_422(client: AsyncClient, query: str) -> None:
    answer = await client.get(f"/v1/changes?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, query.partition("=")[0])


async def test_before_the_first_training_it_is_empty(empty: AsyncClient) -> None:
    body = await feed(empty)
    assert (body["data"], body["next_after"], body["run_id"]) == ([], 0, None)
