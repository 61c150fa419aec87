"""Where a customer has been."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking, assign_again, change, train_again
from tests.api.sales import STRANGE

pytestmark = pytest.mark.anyio
GROWS = (
    "update gold.customer_rfm set frequency = 9, monetary = 9999, last_invoice_date = :day where customer_id = 'O01'"
)
RULES = "/v1/customers/O01/history?scheme=rules"


@pytest.fixture
async def grown(own_shop: str) -> AsyncIterator[AsyncClient]:
    """O01 bought once before March 1, and much on the 5th."""
    change(own_shop, GROWS, day=date(2026, 3, 5))
    assign_again(own_shop, date(2026, 3, 5))
    async with asking(own_shop, as_of=date(2026, 3, 20)) as client:
        yield client


async def stays(client: AsyncClient, path: str) -> list[dict[str, Any]]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def test_stays_come_newest_first_and_follow_one_another(grown: AsyncClient) -> None:
    assert [(each["from"], each["to"]) for each in await stays(grown, RULES)] == [
        ("2026-03-05", None),
        ("2026-03-01", "2026-03-05"),
    ]


async def test_a_stay_has_segment_and_cause(grown: AsyncClient) -> None:
    newest, first = await stays(grown, RULES)
    assert [(each["slug"], each["cause"]) for each in (newest, first)] == [
        ("high-value-active-engaged", "customer"),
        ("base-value-inactive", "first"),
    ]


async def test_the_newest_stay_is_where_the_customer_is(grown: AsyncClient) -> None:
    (newest, *_), now = await stays(grown, RULES), (await grown.get("/v1/customers/O01?scheme=rules")).json()
    shared = ("segment", "tier", "cluster", "run_id")
    assert [newest[name] for name in shared] == [now[name] for name in shared]
    assert newest["from"] == now["segment_since"]


async def test_a_training_that_leaves_a_customer_where_he_is_begins_no_stay(own_shop: str) -> None:
    train_again(own_shop)
    async with asking(own_shop) as client:
        assert len(await stays(client, "/v1/customers/R01/history")) == 1


async def test_the_stay_of_a_customer_without_sales_has_ended(own_shop: str) -> None:
    change(own_shop, "delete from gold.customer_rfm where customer_id = 'R01'")
    assign_again(own_shop, date(2026, 3, 5))
    async with asking(own_shop) as client:
        found = await stays(client, "/v1/customers/R01/history")
    assert [(each["from"], each["to"]) for each in found] == [("2026-03-01", "2026-03-05")]


async def test_pages_hold_every_stay_once(grown: AsyncClient) -> None:
    first = (await grown.get(f"{RULES}&limit=1")).json()
    second = (await grown.get(f"{RULES}&limit=1&cursor={first['next_cursor']}")).json()
    assert first["data"] + second["data"] == await stays(grown, RULES)


async def test_the_cursor_of_another_customer_is_refused(grown: AsyncClient) -> None:
    cursor = (await grown.get(f"{RULES}&limit=1")).json()["next_cursor"]
    answer = await grown.get(f"/v1/customers/R01/history?scheme=rules&cursor={cursor}")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/invalid-cursor")


@pytest.mark.parametrize("customer_id", ["nobody", "x" * 10_000, "%00", "a/b", "'"])
async def test_an_unknown_customer_has_none(client: AsyncClient, customer_id: str) -> None:
    answer = await client.get(f"/v1/customers/{customer_id}/history")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-customer")


@pytest.mark.parametrize("customer_id", STRANGE)
async def test_a_strange_id_has_a_history_too(client: AsyncClient, customer_id: str) -> None:
    path = "".join(f"%{byte:02X}" for byte in customer_id.encode())
    assert len(await stays(client, f"/v1/customers/{path}/history")) == 1
