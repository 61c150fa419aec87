"""Segments, their worth, and the names that are close to a wrong one."""

from decimal import Decimal

import pytest
from httpx import AsyncClient

pytestmark = pytest.mark.anyio


async def test_a_segment_has_the_fields_of_the_contract(client: AsyncClient) -> None:
    assert list((await client.get("/v1/segments")).json()["data"][0]) == [
        *("segment", "slug", "tier", "customers", "share", "revenue", "revenue_share"),
        *("mean_recency", "median_recency", "mean_frequency", "median_frequency", "mean_monetary", "median_monetary"),
        *("currency", "recommendation", "earned_share", "clv", "mean_clv"),
    ]


async def test_only_segments_with_customers_are_listed(client: AsyncClient) -> None:
    assert all(each["customers"] for each in (await client.get("/v1/segments")).json()["data"])


async def test_empty_segments_are_listed_on_request(client: AsyncClient) -> None:
    listed = (await client.get("/v1/segments?scheme=rules&include_empty=true")).json()["data"]
    assert len(listed) == 12
    assert listed[-1]["customers"] == 0


async def test_an_empty_segment_has_no_mean(client: AsyncClient) -> None:
    listed = (await client.get("/v1/segments?include_empty=true")).json()["data"]
    assert (listed[-1]["mean_monetary"], listed[-1]["revenue"], listed[-1]["share"]) == (None, "0.00", 0.0)


@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
async def test_every_customer_is_in_one_segment(client: AsyncClient, scheme: str) -> None:
    listed = (await client.get(f"/v1/segments?scheme={scheme}")).json()["data"]
    assert sum(each["customers"] for each in listed) == 12 + 3 + 40 + 4
    assert sum(each["share"] for each in listed) == pytest.approx(1, abs=1e-5)


async def test_most_revenue_comes_first(client: AsyncClient) -> None:
    listed = (await client.get("/v1/segments?scheme=rules")).json()["data"]
    revenue = [Decimal(each["revenue"]) for each in listed]
    assert revenue == sorted(revenue, reverse=True)


async def test_revenue_is_that_of_the_sales(client: AsyncClient) -> None:
    listed = (await client.get("/v1/segments")).json()["data"]
    regulars = sum(4 * 5 * (Decimal(20 + n) + Decimal("0.99")) for n in range(12))
    bigger = sum(4 * 50 * (Decimal(30 + n) + Decimal("0.99")) for n in range(3))
    once = sum(Decimal(3 + n) + Decimal("0.99") for n in range(40))
    assert sum(Decimal(each["revenue"]) for each in listed) == regulars + bigger + once + 4 * 2 * Decimal("10.99")


async def test_a_segment_equals_its_entry_in_the_list(client: AsyncClient) -> None:
    first = (await client.get("/v1/segments?scheme=rules")).json()["data"][0]
    one = (await client.get(f"/v1/segments/{first['slug']}?scheme=rules")).json()
    assert first.items() <= one.items()


async def test_a_segment_without_customers_is_known(client: AsyncClient) -> None:
    answer = await client.get("/v1/segments/cannot-lose-them")
    assert (answer.status_code, answer.json()["segment"]) == (200, "Cannot Lose Them")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("super-vip-champion", "super-vip-champions"),
        ("Super VIP Champions", "super-vip-champions"),
        ("hibernatin", "hibernating"),
    ],
)
async def test_an_unknown_name_gets_close_matches(client: AsyncClient, wrong: str, right: str) -> None:
    answer = await client.get(f"/v1/segments/{wrong}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-segment")
    assert right in answer.json()["detail"]


@pytest.mark.parametrize("strange", ["%00", "%F0%9F%98%80", "x" * 9000, "'"])
async def test_a_strange_name_is_unknown(client: AsyncClient, strange: str) -> None:
    answers = [await client.get(f"/v1/segments/{strange}{path}") for path in ("", "/customers")]
    assert [each.status_code for each in answers] == [404, 404]


async def test_a_segment_of_the_other_scheme_is_unknown(client: AsyncClient) -> None:
    assert (await client.get("/v1/segments/hibernating?scheme=rules")).status_code == 404


async def test_before_the_first_training_there_is_none(empty: AsyncClient) -> None:
    assert (await empty.get("/v1/segments")).json()["type"] == "/problems/no-model"
