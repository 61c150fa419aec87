"""Point-in-time reads of profiles, segments and lists."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from httpx import AsyncClient

from app.api.core.problems import NOT_YET
from tests.api.conftest import AS_OF, asking, assign_again, change, train_again
from tests.conftest import NOW
from tests.postgres import fresh_database

pytestmark = pytest.mark.anyio
TRAINED = date(2026, 3, 10)
BOUGHT = date(2026, 3, 5)
TODAY = date(2026, 3, 20)
BUYS = """
    update gold.customer_rfm set last_invoice_date = '2026-03-05', frequency = 5, monetary = 999.99, country = 'Spain'
    where customer_id = 'R01'
"""


@pytest.fixture(scope="module")
async def later(postgres: str, published: str) -> AsyncIterator[AsyncClient]:
    """A shop that was trained on March 1, where R01 bought on the 5th, and that was trained again on the 10th.

    Tests only read it.
    """
    with fresh_database(postgres, published) as url:
        change(url, BUYS)
        assign_again(url, BOUGHT)
        train_again(url, TRAINED)
        async with asking(url, as_of=TODAY) as client:
            yield client


async def body(client: AsyncClient, path: str) -> dict[str, Any]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_day_has_the_newest_publication_also_when_the_clock_was_set_back(own_shop: str) -> None:
    train_again(own_shop, AS_OF - timedelta(days=1), lambda: NOW - timedelta(days=1))
    async with asking(own_shop) as client:
        newest = (await body(client, "/v1/segments"))["run_id"]
        assert (await body(client, f"/v1/segments?as_of={AS_OF}"))["run_id"] == newest


@pytest.mark.parametrize(
    ("day", "as_of", "recency", "monetary", "country"),
    [
        ("2026-03-01", AS_OF, 2, "439.80", "United Kingdom"),
        ("2026-03-04", AS_OF, 2, "439.80", "United Kingdom"),
        ("2026-03-05", BOUGHT, 0, "999.99", "Spain"),
        ("2026-03-09", BOUGHT, 0, "999.99", "Spain"),
        ("2026-03-10", TRAINED, 5, "999.99", "Spain"),
        ("2026-03-20", TRAINED, 5, "999.99", "Spain"),
    ],
)
async def test_a_customer_is_as_published_on_the_day(
    later: AsyncClient, day: str, as_of: date, recency: int, monetary: str, country: str
) -> None:
    found = await body(later, f"/v1/customers/R01?as_of={day}")
    assert [found[name] for name in ("as_of", "recency", "monetary", "country")] == [
        as_of.isoformat(),
        recency,
        monetary,
        country,
    ]


@pytest.mark.parametrize("path", ["/v1/customers/R01", "/v1/customers/R01/segment", "/v1/customers"])
async def test_the_answer_names_the_run_of_the_day(later: AsyncClient, path: str) -> None:
    runs = [(await body(later, f"{path}?as_of={day}"))["run_id"] for day in ("2026-03-09", "2026-03-10")]
    assert runs[0] != runs[1] == (await body(later, path))["run_id"]


@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
async def test_the_segment_is_that_of_the_profile(later: AsyncClient, scheme: str) -> None:
    query = f"?as_of=2026-03-09&scheme={scheme}"
    whole = await body(later, f"/v1/customers/R01{query}")
    assert (await body(later, f"/v1/customers/R01/segment{query}")).items() <= whole.items()


async def test_a_list_has_each_customer_once(later: AsyncClient) -> None:
    rows = (await body(later, "/v1/customers?as_of=2026-03-09&limit=1000"))["data"]
    now = (await body(later, "/v1/customers?limit=1000"))["data"]
    assert [row["customer_id"] for row in rows] == [row["customer_id"] for row in now]
    assert {row["customer_id"]: row["as_of"] for row in rows if row["as_of"] != "2026-03-01"} == {"R01": "2026-03-05"}


async def test_the_customers_of_a_segment_are_those_of_the_day(later: AsyncClient) -> None:
    query = "as_of=2026-03-04&scheme=rules"
    rows = (await body(later, f"/v1/segments/high-value-active-engaged/customers?{query}"))["data"]
    assert len(rows) == 15


@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
async def test_segments_as_of_today_are_the_segments(later: AsyncClient, scheme: str) -> None:
    query = f"scheme={scheme}&include_empty=true"
    assert await body(later, f"/v1/segments?{query}&as_of=2026-03-20") == await body(later, f"/v1/segments?{query}")


async def test_a_segment_has_the_customers_and_the_revenue_of_the_day(later: AsyncClient) -> None:
    rows = (await body(later, "/v1/customers?as_of=2026-03-04&scheme=rules&segment=high-value-active-engaged"))["data"]
    segment = await body(later, "/v1/segments/high-value-active-engaged?as_of=2026-03-04&scheme=rules")
    revenue = sum(Decimal(row["monetary"]) for row in rows)
    assert (segment["customers"], Decimal(segment["revenue"])) == (len(rows), revenue)


async def test_today_is_the_current_state(later: AsyncClient) -> None:
    assert await body(later, "/v1/customers/R01?as_of=2026-03-20") == await body(later, "/v1/customers/R01")


async def test_quality_is_that_of_the_day(later: AsyncClient) -> None:
    found = [await body(later, f"/v1/customers/R01?as_of={day}") for day in ("2026-03-01", "2026-03-20")]
    assert [each["quality"] for each in found] == ["ok", "stale"]


async def test_a_removed_customer_is_found_on_earlier_days(own_shop: str) -> None:
    change(own_shop, "delete from gold.customer_rfm where customer_id = 'R01'")
    assign_again(own_shop, BOUGHT)
    async with asking(own_shop, as_of=TODAY) as client:
        paths = ["/v1/customers/R01", "/v1/customers/R01?as_of=2026-03-05", "/v1/customers/R01?as_of=2026-03-04"]
        assert [(await client.get(path)).status_code for path in paths] == [404, 404, 200]


@pytest.mark.parametrize("path", ["/v1/customers/R01", "/v1/customers/R01/segment", "/v1/customers"])
async def test_a_day_before_the_first_training_names_the_first(later: AsyncClient, path: str) -> None:
    answer = await later.get(f"{path}?as_of=2026-02-28")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-published-yet")
    assert "2026-03-01" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/v1/customers/R01", "/v1/customers/R01/segment", "/v1/customers"])
@pytest.mark.parametrize("day", ["2026-03-21", "9999-12-31"])
async def test_the_future_is_refused(later: AsyncClient, path: str, day: str) -> None:
    answer = await later.get(f"{path}?as_of={day}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-published-yet")
    assert "is in the future" in answer.json()["detail"]


def test_the_remedy_applies_to_days_in_the_past_and_in_the_future() -> None:
    assert "from the first published one to today" in NOT_YET.remedy


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", "", "20260301T00", "0000-00-00"])
async def test_a_malformed_day_is_refused(later: AsyncClient, day: str) -> None:
    assert (await later.get(f"/v1/customers/R01?as_of={day}")).status_code == 422


async def test_a_customer_of_a_later_day_is_unknown(later: AsyncClient) -> None:
    assert (await later.get("/v1/customers/nobody?as_of=2026-03-05")).json()["type"] == "/problems/unknown-customer"


async def test_before_the_first_training_nothing_was_published(empty: AsyncClient) -> None:
    answer = await empty.get("/v1/customers/R01?as_of=2026-03-01")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-published-yet")
