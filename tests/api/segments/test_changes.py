"""Change feed: no change is missed, none comes twice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy import make_url, text

from app.db.engine import make_engine
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.retention import delete_expired
from app.settings import Settings
from tests.api.conftest import AS_OF, asking, assign_again, change, train_again
from tests.loading import until_somebody_waits

pytestmark = pytest.mark.anyio


async def feed(client: AsyncClient, after: str = "0", query: str = "") -> dict[str, Any]:
    answer = await client.get(f"/v1/changes?after={after}&{query}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def everything(client: AsyncClient, after: str = "0", query: str = "") -> tuple[list[dict[str, Any]], str]:
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


async def test_a_feed_read_from_0_has_every_customer_once(client: AsyncClient) -> None:
    found, _ = await everything(client, query="limit=7")
    everybody = (await client.get("/v1/customers?limit=1000")).json()["data"]
    assert [each["customer_id"] for each in found] == [each["customer_id"] for each in everybody]
    assert {each["kind"] for each in found} == {"first"}


async def test_following_the_feed_reproduces_all_segments(own_shop: str) -> None:
    known: dict[str, str | None] = {}
    after = "0"
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


async def test_a_customer_without_sales_leaves_a_segment_and_enters_none(own_shop: str) -> None:
    change(own_shop, "delete from gold.customer_rfm where customer_id = 'R01'")
    assign_again(own_shop)
    async with asking(own_shop) as client:
        gone = (await everything(client))[0][-1]
    assert [gone[name] for name in ("customer_id", "kind", "cause", "segment", "cluster")] == [
        *("R01", "gone", "gone"),
        *(None, None),
    ]


async def test_without_new_changes_the_cursor_stays(client: AsyncClient) -> None:
    after = (await feed(client, query="limit=1000"))["next_after"]
    again = await feed(client, after)
    assert (again["data"], again["next_after"], again["has_more"]) == ([], after, False)


async def test_a_filter_accepts_several_segments(client: AsyncClient) -> None:
    slugs = ("high-value-active-engaged", "base-value-inactive")
    some = await feed(client, query=f"limit=1000&scheme=rules&segment={slugs[0]}&segment={slugs[1]}")
    whole = await feed(client, query="limit=1000&scheme=rules")
    assert some["data"] == [each for each in whole["data"] if each["slug"] in slugs]


async def test_filtered_changes_are_skipped_by_the_cursor(client: AsyncClient) -> None:
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


@pytest.mark.parametrize("after", ["1000000000", "1000000000-64f1c0d9a5e30", "7-64f1c0d9a5e30"])
async def test_a_cursor_of_another_database_is_refused(client: AsyncClient, after: str) -> None:
    answer = await client.get(f"/v1/changes?after={after}")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/invalid-cursor")
    assert "restored" in answer.json()["detail"]


async def test_a_restored_database_refuses_a_cursor_also_when_its_numbers_have_passed_it(own_shop: str) -> None:
    change(own_shop, "create table backup as table segments.customer_change")
    async with asking(own_shop) as client:
        buys(own_shop, "O01", AS_OF)
        after = (await feed(client, query="limit=1000"))["next_after"]
        change(own_shop, "delete from segments.customer_change where change_id not in (select change_id from backup)")
        change(own_shop, "alter table segments.customer_change alter change_id restart with 60")
        for number in range(2, 5):
            buys(own_shop, f"O{number:02}", AS_OF)
        newer = (await feed(client, query="limit=1000"))["next_after"]
        answer = await client.get(f"/v1/changes?after={after}")
    assert int(newer.split("-")[0]) > int(after.split("-")[0])
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/invalid-cursor")


async def test_a_role_that_may_only_select_follows_the_feed(own_shop: str) -> None:
    role = f"reading_{uuid4().hex}"
    change(own_shop, f"create role {role} login password 'secret'")
    change(own_shop, f"grant usage on schema pipeline, quality, segments, access, public to {role}")
    change(own_shop, f"grant select on all tables in schema pipeline, quality, segments, access, public to {role}")
    url = make_url(own_shop).set(username=role, password="secret")  # noqa: S106  # of a role that lives for this test
    async with asking(url.render_as_string(hide_password=False)) as client:
        answer = await client.get("/v1/changes?after=57")
    change(own_shop, f"drop owned by {role}")
    change(own_shop, f"drop role {role}")
    assert (answer.status_code, len(answer.json()["data"])) == (200, 2)


async def test_a_cursor_from_before_the_backup_is_valid_after_a_restore(own_shop: str) -> None:
    async with asking(own_shop) as client:
        after = (await feed(client, query="limit=1000"))["next_after"]
        buys(own_shop, "O01", AS_OF)
        change(own_shop, "delete from segments.customer_change where kind = 'moved'")
        assert (await feed(client, after))["data"] == []


async def test_the_number_of_an_event_is_a_cursor(client: AsyncClient) -> None:
    assert [each["change_id"] for each in (await feed(client, "57"))["data"]] == [58, 59]


async def test_the_number_of_the_newest_entry_is_a_cursor(client: AsyncClient) -> None:
    assert (await feed(client, "59"))["data"] == []


@pytest.fixture
async def after_erasure(own_shop: str) -> AsyncIterator[tuple[AsyncClient, str, str]]:
    """A client, the cursor after everything before the erasure of R01, and the URL of the database."""
    async with asking(own_shop, erasure_key="a-key-for-tests-of-erasures-0123456789") as client:
        after = (await feed(client, query="limit=1000"))["next_after"]
        assert (await client.delete("/v1/customers/R01")).status_code == 200
        yield client, after, own_shop


Erased = tuple[AsyncClient, str, str]


@pytest.mark.parametrize("query", ["", "scheme=rules", "segment=champions"])
async def test_an_erased_customer_is_announced(after_erasure: Erased, query: str) -> None:
    client, after, _ = after_erasure
    (found,) = (await feed(client, after, query))["data"]
    assert [found[name] for name in ("customer_id", "kind", "cause", "segment", "previous_segment", "cluster")] == [
        *("R01", "erased", "erased"),
        *(None, None, None),
    ]


async def test_nothing_else_of_an_erased_customer_is_in_the_feed(after_erasure: Erased) -> None:
    client, _, _ = after_erasure
    found, _ = await everything(client)
    assert [each["kind"] for each in found if each["customer_id"] == "R01"] == ["erased"]


async def test_a_cursor_at_an_entry_of_an_erased_customer_stays_valid(own_shop: str) -> None:
    async with asking(own_shop, erasure_key="a-key-for-tests-of-erasures-0123456789") as client:
        buys(own_shop, "O01", AS_OF)
        after = (await feed(client, query="limit=1000"))["next_after"]
        await client.delete("/v1/customers/O01")
        assert [each["kind"] for each in (await feed(client, after))["data"]] == ["erased"]


async def test_the_id_of_an_erased_customer_is_redacted_after_its_retention(after_erasure: Erased) -> None:
    client, after, url = after_erasure
    change(url, "update segments.customer_change set changed_at = now() - interval '31 days' where kind = 'erased'")
    engine = make_engine(url)
    with running(engine, "retain") as run:
        delete_expired(Context(engine, Settings()), run)
    engine.dispose()
    assert (await feed(client, after))["data"] == []


async def test_an_unknown_segment_names_the_nearest(client: AsyncClient) -> None:
    answer = await client.get("/v1/changes?segment=champoins")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-segment")
    assert "champions" in answer.json()["detail"]


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "after=9223372036854775808", "after=1-", "after=1-g", "limit=0", "limit=1001"]
)
async def test_a_malformed_place_is_a_422(client: AsyncClient, query: str) -> None:
    answer = await client.get(f"/v1/changes?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, query.partition("=")[0])


async def test_before_the_first_training_it_is_empty(empty: AsyncClient) -> None:
    body = await feed(empty)
    assert (body["data"], body["next_after"], body["run_id"]) == ([], "0", None)
