"""Segments over time."""

from datetime import timedelta

import pytest
from httpx import AsyncClient

from tests.api.conftest import AS_OF, asking, assign_again, change, train_again

pytestmark = pytest.mark.anyio
TREND = "/v1/trends/segments"


@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
async def test_a_day_has_the_segments_as_they_are_listed(client: AsyncClient, scheme: str) -> None:
    (day,) = (await client.get(f"{TREND}?scheme={scheme}")).json()["data"]
    segments = (await client.get(f"/v1/segments?scheme={scheme}")).json()["data"]
    fields = ("segment", "slug", "tier", "customers", "share", "revenue", "revenue_share", "clv")
    listed = [{name: each[name] for name in fields} for each in segments]
    assert sorted(day["segments"], key=lambda each: each["slug"]) == sorted(listed, key=lambda each: each["slug"])
    assert (day["as_of"], day["customers"]) == ("2026-03-01", 59)


async def test_a_day_is_added_by_an_assignment_and_by_a_training(own_shop: str) -> None:
    change(own_shop, "update gold.customer_rfm set monetary = monetary + 1000 where customer_id = 'R01'")
    assign_again(own_shop, AS_OF + timedelta(days=1))
    train_again(own_shop, AS_OF + timedelta(days=5))
    async with asking(own_shop) as client:
        days = (await client.get(TREND)).json()["data"]
        assert [day["as_of"] for day in days] == ["2026-03-01", "2026-03-02", "2026-03-06"]
        assert float(days[1]["revenue"]) - float(days[0]["revenue"]) == pytest.approx(1000)
        assert days[0]["run_id"] == days[1]["run_id"] != days[2]["run_id"]


async def test_a_range_of_days_includes_both_ends(own_shop: str) -> None:
    for days in (1, 2, 3):
        train_again(own_shop, AS_OF + timedelta(days=days))
    async with asking(own_shop) as client:
        found = (await client.get(f"{TREND}?from=2026-03-02&to=2026-03-03")).json()["data"]
        assert [day["as_of"] for day in found] == ["2026-03-02", "2026-03-03"]


async def test_pages_follow_each_other(own_shop: str) -> None:
    train_again(own_shop, AS_OF + timedelta(days=1))
    async with asking(own_shop) as client:
        first = (await client.get(f"{TREND}?limit=1&include=total")).json()
        rest = (await client.get(f"{TREND}?limit=1&cursor={first['next_cursor']}")).json()
        assert [each["data"][0]["as_of"] for each in (first, rest)] == ["2026-03-01", "2026-03-02"]
        assert (first["total"], rest["has_more"]) == (2, False)


async def test_a_day_is_kept_when_its_training_run_is_removed(own_shop: str) -> None:
    async with asking(own_shop) as client:
        before = (await client.get(TREND)).json()["data"]
        change(own_shop, "update segments.segment_summary set customers = 0, revenue = 0")
        change(own_shop, "update segments.model set removed_at = now()")
        assert (await client.get(TREND)).json()["data"] == before


async def test_an_erasure_is_subtracted_from_the_newest_day(own_shop: str) -> None:
    async with asking(own_shop, erasure_key="a-key-for-tests-of-erasures-0123456789") as client:
        await client.delete("/v1/customers/R01")
        (day,) = (await client.get(TREND)).json()["data"]
        segments = (await client.get("/v1/segments")).json()["data"]
        assert day["customers"] == 58
        assert {each["slug"]: each["revenue"] for each in day["segments"]} == {
            each["slug"]: each["revenue"] for each in segments
        }


async def test_before_the_first_training_there_is_none(empty: AsyncClient) -> None:
    assert (await empty.get(TREND)).json()["data"] == []


async def test_a_day_that_is_no_date_is_refused(client: AsyncClient) -> None:
    assert (await client.get(f"{TREND}?from=yesterday")).status_code == 422
