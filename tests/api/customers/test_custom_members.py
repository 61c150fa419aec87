"""Members of a custom segment in the list of customers."""

from datetime import timedelta

import pytest
from httpx import AsyncClient

from tests.api.conftest import AS_OF, asking, assign_again, change, train_again
from tests.api.custom import BIG, SPENDERS, custom_database, save_evaluated
from tests.api.customers.test_list import rows

pytestmark = pytest.mark.anyio
MEMBERS = "scheme=custom&segment=big-spenders"
LATER = AS_OF + timedelta(days=1)
GROWN = "update gold.customer_rfm set monetary = 9000, updated_at = now() where customer_id = 'O00'"
SHRUNK = "update gold.customer_rfm set monetary = 5, updated_at = now() where customer_id = 'B02'"


async def ids(client: AsyncClient, query: str) -> list[str]:
    return [row["customer_id"] for row in await rows(client, query)]


@pytest.mark.parametrize("given", ["big-spenders", "Big spenders", "big-spenders&segment=Big spenders"])
async def test_the_list_has_the_members_of_the_segment(custom: AsyncClient, given: str) -> None:
    assert await ids(custom, f"scheme=custom&segment={given}") == SPENDERS


async def test_a_segment_whose_name_is_inside_another_has_its_own_members(custom: AsyncClient) -> None:
    assert await ids(custom, "scheme=custom&segment=big") == BIG


@pytest.mark.parametrize("given", ["", "&segment=big&segment=big-spenders"])
async def test_exactly_one_segment_is_needed(custom: AsyncClient, given: str) -> None:
    found = await custom.get(f"/v1/customers?scheme=custom{given}")
    assert (found.status_code, "give exactly one segment" in found.json()["detail"]) == (409, True)


async def test_a_row_has_the_segment_and_since_when(custom: AsyncClient) -> None:
    row = (await rows(custom, MEMBERS))[0]
    found = [row[name] for name in ("scheme", "segment", "slug", "tier", "segment_since")]
    assert found == ["custom", "Big spenders", "big-spenders", "Premium", AS_OF.isoformat()]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("monetary_max=430", ["R00"]),
        ("tier=Premium", SPENDERS),
        ("tier=High-Value", []),
        ("changed_since=2026-03-01", SPENDERS),
        ("changed_since=2026-03-02", []),
        ("as_of=2026-03-01", SPENDERS),
    ],
)
async def test_filters_apply_to_the_members(custom: AsyncClient, query: str, found: list[str]) -> None:
    assert await ids(custom, f"{MEMBERS}&{query}") == found


@pytest.mark.parametrize("sort", ["customer_id", "-monetary", "recency", "-segment_since", "clv"])
async def test_pages_have_every_member_once(custom: AsyncClient, sort: str) -> None:
    found, cursor = [], ""
    while True:
        page = (await custom.get(f"/v1/customers?{MEMBERS}&sort={sort}&limit=4{cursor}")).json()
        found += [row["customer_id"] for row in page["data"]]
        if not page["has_more"]:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert (len(found), sorted(found)) == (15, SPENDERS)


async def test_the_total_is_the_number_of_members(custom: AsyncClient) -> None:
    found = (await custom.get(f"/v1/customers?{MEMBERS}&include=total&limit=1")).json()
    assert found["total"] == 15


async def test_an_evaluation_between_two_pages_misses_no_member(postgres: str, published: str) -> None:
    with custom_database(postgres, published) as url:
        async with asking(url) as client:
            first = (await client.get(f"/v1/customers?{MEMBERS}&limit=4")).json()
            change(url, GROWN)
            change(url, SHRUNK)
            assign_again(url, LATER)
            second = await ids(client, f"{MEMBERS}&cursor={first['next_cursor']}")
    assert [*(row["customer_id"] for row in first["data"]), *second] == ["B00", "B01", "B02", "R00", *SPENDERS[4:]]


async def test_pages_after_another_training_have_the_members_of_the_first_page(postgres: str, published: str) -> None:
    with custom_database(postgres, published) as url:
        async with asking(url, as_of=LATER) as client:
            first = (await client.get(f"/v1/customers?{MEMBERS}&limit=1")).json()
            change(url, GROWN)
            change(url, SHRUNK)
            train_again(url, LATER)
            second = await ids(client, f"{MEMBERS}&cursor={first['next_cursor']}")
            now = await ids(client, MEMBERS)
    assert (second, now) == (SPENDERS[1:], sorted({*SPENDERS, "O00"} - {"B02"}))


async def test_a_past_day_has_the_members_of_that_day(postgres: str, published: str) -> None:
    with custom_database(postgres, published) as url:
        change(url, GROWN)
        change(url, SHRUNK)
        assign_again(url, LATER)
        async with asking(url, as_of=LATER) as client:
            now, then = await ids(client, MEMBERS), await ids(client, f"{MEMBERS}&as_of={AS_OF}")
    assert (now, then) == (sorted({*SPENDERS, "O00"} - {"B02"}), SPENDERS)


async def test_updates_include_who_joined_by_a_new_condition(postgres: str, published: str) -> None:
    with custom_database(postgres, published) as url:
        async with asking(url) as client:
            through = (await client.get(f"/v1/customers?{MEMBERS}")).json()["updated_through"]
            save_evaluated(url, Big_spenders="monetary >= 419 or monetary = 42.99")
            found = await ids(client, f"{MEMBERS}&updated_since={through}")
    assert found == ["O39"]
