"""The customers of a segment, page by page."""

from typing import Any

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking, change, train_again

pytestmark = pytest.mark.anyio
LEFT = """
    update gold.customer_rfm set frequency = 1, last_invoice_date = first_invoice_date, monetary = 1
    where customer_id in (select customer_id from segments.customer_segment where rules = 'high-value-active-engaged')
"""
REGULARS = "/v1/segments/high-value-active-engaged/customers?scheme=rules"


async def pages(client: AsyncClient, address: str, cursor: str | None = None) -> list[dict[str, Any]]:
    """Every page from a cursor on."""
    found = []
    while True:
        page = await client.get(f"{address}&cursor={cursor}" if cursor else address)
        found.append(page.raise_for_status().json())
        cursor = found[-1]["next_cursor"]
        if not found[-1]["has_more"]:
            return found


async def test_a_row_is_the_customer_without_the_recommendation(client: AsyncClient) -> None:
    row = (await client.get(REGULARS)).json()["data"][0]
    whole = (await client.get(f"/v1/customers/{row['customer_id']}?scheme=rules")).json()
    assert row.items() <= whole.items()
    assert whole.keys() - row.keys() == {
        "recommendation",
        "custom_segments",
        "updated_at",
        "data_through",
        "run_id",
        "quality",
        "quality_reason",
        "monetary_basis",
        "gross",
        "returned",
        "segment_reason",
        "p_alive",
        "forecast_days",
        "forecast_reason",
    }


async def test_a_segment_lists_as_many_customers_as_it_counts(client: AsyncClient) -> None:
    segment = (await client.get("/v1/segments/high-value-active-engaged?scheme=rules")).json()
    assert len((await client.get(REGULARS)).json()["data"]) == segment["customers"] == 15


async def test_pages_hold_every_customer_once_in_order(client: AsyncClient) -> None:
    whole = (await client.get(REGULARS)).json()["data"]
    found = await pages(client, f"{REGULARS}&limit=4")
    assert [len(page["data"]) for page in found] == [4, 4, 4, 3]
    assert [row for page in found for row in page["data"]] == whole


async def test_a_full_last_page_has_no_next(client: AsyncClient) -> None:
    last = (await pages(client, f"{REGULARS}&limit=5"))[-1]
    assert (len(last["data"]), last["has_more"], last["next_cursor"]) == (5, False, None)


async def test_ids_come_in_the_order_of_their_bytes(client: AsyncClient) -> None:
    ids = [row["customer_id"] for row in (await client.get(REGULARS)).json()["data"]]
    assert ids == sorted(ids, key=str.encode)


async def test_a_segment_without_customers_is_an_empty_list(client: AsyncClient) -> None:
    answer = (await client.get("/v1/segments/cannot-lose-them/customers")).json()
    assert (answer["data"], answer["has_more"]) == ([], False)


async def test_a_training_does_not_tear_a_listing(own_shop: str) -> None:
    async with asking(own_shop) as client:
        first = (await client.get(f"{REGULARS}&limit=4")).json()
        whole = (await client.get(REGULARS)).json()["data"]
        change(own_shop, LEFT)
        train_again(own_shop)
        rest = await pages(client, f"{REGULARS}&limit=4", first["next_cursor"])
        now = (await client.get(REGULARS)).json()["data"]
    assert {page["run_id"] for page in rest} == {first["run_id"]}
    assert first["data"] + [row for page in rest for row in page["data"]] == whole
    assert {row["customer_id"] for row in now} & {row["customer_id"] for row in whole} == set()


async def test_a_cursor_of_a_removed_run_is_refused(own_shop: str) -> None:
    async with asking(own_shop) as client:
        first = (await client.get(f"{REGULARS}&limit=4")).json()
        train_again(own_shop)
        change(own_shop, "delete from segments.revision where run_id = :run", run=first["run_id"])
        answer = await client.get(f"{REGULARS}&cursor={first['next_cursor']}")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/invalid-cursor")
    assert "is deleted" in answer.json()["detail"]


@pytest.mark.parametrize(
    "address",
    [
        "/v1/segments/high-value-at-risk/customers?scheme=rules",
        "/v1/segments/high-value-active-engaged/customers?scheme=kmeans",
        "/v1/quality/quarantine?limit=1",
        "/v1/runs?limit=1",
    ],
)
async def test_another_list_refuses_the_cursor(client: AsyncClient, address: str) -> None:
    cursor = (await client.get(f"{REGULARS}&limit=4")).json()["next_cursor"]
    answer = await client.get(f"{address}&cursor={cursor}")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/invalid-cursor")


@pytest.mark.parametrize("strange", ["", "x", "%00", "😀", "AAAAAAAAAAAAAAAA", "====", "a" * 10_000])
async def test_a_damaged_cursor_is_refused(client: AsyncClient, strange: str) -> None:
    answer = await client.get(f"{REGULARS}&cursor={strange}")
    assert answer.status_code == (200 if strange == "" else 409)


async def test_a_cursor_with_one_letter_changed_is_refused(client: AsyncClient) -> None:
    cursor = (await client.get(f"{REGULARS}&limit=4")).json()["next_cursor"]
    changed = cursor[:-3] + ("A" if cursor[-3] != "A" else "B") + cursor[-2:]
    assert (await client.get(f"{REGULARS}&cursor={changed}")).status_code == 409


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "many", "1.5", "9" * 5000])
async def test_a_limit_is_1_to_1000(client: AsyncClient, limit: str) -> None:
    answer = await client.get(f"{REGULARS}&limit={limit}")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "limit")
