"""Custom segments read as a scheme: segments, distributions, trends, feed, history, profiles."""

from typing import Any

import pytest
from httpx import AsyncClient

from tests.api.conftest import AS_OF, asking
from tests.api.custom import BIG, SPENDERS, custom_database, save_evaluated
from tests.api.customers.test_list import rows

pytestmark = pytest.mark.anyio
DAY = AS_OF.isoformat()
REMOVED = ["/v1/segments/big", "/v1/segments/big/distribution", "/v1/segments/big/customers"]


async def answer(client: AsyncClient, path: str, **query: Any) -> Any:
    found = await client.get(path, params={"scheme": "custom", **query})
    assert found.status_code == 200, found.text
    return found.json()


@pytest.mark.parametrize("query", [{}, {"as_of": DAY}])
async def test_the_segments_have_their_share_of_all_customers(custom: AsyncClient, query: dict[str, str]) -> None:
    everybody = len(await rows(custom, ""))
    found = (await answer(custom, "/v1/segments", **query))["data"]
    assert [(row["slug"], row["customers"], row["share"], row["earned_share"]) for row in found] == [
        ("big-spenders", 15, round(15 / everybody, 6), 1),
        ("big", 3, round(3 / everybody, 6), 1),
    ]


@pytest.mark.parametrize("path", ["/v1/segments", "/v1/recommendations", "/v1/trends/segments", "/v1/changes"])
async def test_a_shop_without_custom_segments_has_an_empty_list(client: AsyncClient, path: str) -> None:
    assert (await answer(client, path))["data"] == []


async def test_a_segment_has_the_recommendation_of_its_definition(custom: AsyncClient) -> None:
    found = await answer(custom, "/v1/segments/big")
    assert (found["segment"], found["recommendation"]["goal"]) == ("Big", "Keep them")


@pytest.mark.parametrize("path", ["", "/distribution", "/customers"])
async def test_an_unknown_segment_is_404_with_close_names(custom: AsyncClient, path: str) -> None:
    found = await custom.get(f"/v1/segments/big-spender{path}", params={"scheme": "custom"})
    assert (found.status_code, "did you mean big-spenders" in found.json()["detail"]) == (404, True)


async def test_the_recommendations_are_in_the_order_in_which_they_were_saved(custom: AsyncClient) -> None:
    assert [row["slug"] for row in (await answer(custom, "/v1/recommendations"))["data"]] == ["big", "big-spenders"]


async def test_a_distribution_is_that_of_the_members(custom: AsyncClient) -> None:
    found = await answer(custom, "/v1/segments/big/distribution")
    assert (found["customers"], found["monetary"]["minimum"], found["monetary"]["maximum"]) == (3, "6198.00", "6598.00")
    assert sum(found["recency"]["histogram"]["counts"]) == 3


async def test_a_trend_has_the_share_of_all_customers(custom: AsyncClient) -> None:
    (day,) = (await answer(custom, "/v1/trends/segments"))["data"]
    everybody = len(await rows(custom, ""))
    assert (day["customers"], {row["slug"]: row["share"] for row in day["segments"]}) == (
        everybody,
        {"big": round(3 / everybody, 6), "big-spenders": round(15 / everybody, 6)},
    )


async def test_the_feed_has_who_joined(custom: AsyncClient) -> None:
    found = (await answer(custom, "/v1/changes", segment="big"))["data"]
    facts = ("kind", "cause", "scheme", "previous_segment", "segment", "slug", "tier")
    assert [row["customer_id"] for row in found] == BIG
    assert {tuple(row[name] for name in facts) for row in found} == {
        ("joined", "definition", "custom", None, "Big", "big", "Premium")
    }


async def test_a_customer_of_two_segments_has_two_changes(custom: AsyncClient) -> None:
    found = (await answer(custom, "/v1/changes"))["data"]
    assert sorted(row["slug"] for row in found if row["customer_id"] == "B00") == ["big", "big-spenders"]


async def test_a_history_has_periods_that_last_at_once(custom: AsyncClient) -> None:
    found = (await answer(custom, "/v1/customers/B00/history"))["data"]
    periods = [(row["slug"], row["segment"], row["from"], row["to"], row["cause"]) for row in found]
    assert sorted(periods) == [
        ("big", "Big", DAY, None, "definition"),
        ("big-spenders", "Big spenders", DAY, None, "definition"),
    ]


async def test_a_profile_has_the_custom_segments_of_the_customer(custom: AsyncClient) -> None:
    profile = (await custom.get("/v1/customers/B00")).json()
    big, spenders = (
        {"slug": slug, "name": name, "since": DAY} for slug, name in (("big", "Big"), ("big-spenders", "Big spenders"))
    )
    assert (profile["scheme"], profile["custom_segments"]) == ("kmeans", [big, spenders])


async def test_a_lookup_has_the_custom_segments_of_each_customer(custom: AsyncClient) -> None:
    found = await custom.post("/v1/customers/lookup", json={"customer_ids": ["B00", "R00", "O00"]})
    slugs = [[each["slug"] for each in row["custom_segments"]] for row in found.json()["customers"]]
    assert slugs == [["big", "big-spenders"], ["big-spenders"], []]


@pytest.mark.parametrize("path", ["/v1/transitions", "/v1/transitions/moves"])
async def test_transitions_say_why_they_refuse_custom_segments(custom: AsyncClient, path: str) -> None:
    found = await custom.get(path, params={"scheme": "custom"})
    assert (found.status_code, "/v1/changes?scheme=custom" in found.json()["detail"]) == (422, True)


@pytest.mark.parametrize("path", ["/v1/customers/B00", "/v1/customers/B00/segment", "/v1/customers/B00/explanation"])
async def test_operations_with_the_one_segment_of_a_customer_refuse_the_scheme(custom: AsyncClient, path: str) -> None:
    assert (await custom.get(path, params={"scheme": "custom"})).status_code == 422


async def test_who_left_a_removed_segment_is_in_the_feed_and_it_is_nowhere_else(postgres: str, published: str) -> None:
    with custom_database(postgres, published) as url:
        save_evaluated(url, Big=None)
        async with asking(url) as client:
            left = (await answer(client, "/v1/changes", segment="big"))["data"][-1]
            period = (await answer(client, "/v1/customers/B00/history"))["data"][-1]
            segments = [row["slug"] for row in (await answer(client, "/v1/segments"))["data"]]
            gone = [(await client.get(path, params={"scheme": "custom"})).status_code for path in REMOVED]
    assert (left["kind"], left["cause"], left["previous_segment"], left["segment"]) == (
        "left",
        "definition",
        "Big",
        None,
    )
    assert (period["slug"], period["to"], segments, gone) == ("big", DAY, ["big-spenders"], [404] * len(REMOVED))


async def test_an_erased_member_is_nowhere(postgres: str, published: str) -> None:
    with custom_database(postgres, published) as url:
        async with asking(url, erasure_key="a-key-for-tests-of-erasures-0123456789") as client:
            erased = await client.delete("/v1/customers/B02")
            assert erased.status_code == 200, erased.text
            members = [row["customer_id"] for row in await rows(client, "scheme=custom&segment=big")]
            segment = await answer(client, "/v1/segments/big")
            distribution = await answer(client, "/v1/segments/big/distribution")
            feed = (await answer(client, "/v1/changes"))["data"]
            history = await client.get("/v1/customers/B02/history", params={"scheme": "custom"})
            days = (await answer(client, "/v1/trends/segments"))["data"][0]["segments"]
    assert (members, segment["customers"], days[0]["customers"]) == (BIG[:2], 2, 2)
    assert (distribution["customers"], distribution["monetary"]["maximum"]) == (2, "6398.00")
    assert [row["kind"] for row in feed if row["customer_id"] == "B02"] == ["erased"]
    assert history.status_code == 404


async def test_members_of_the_other_segment_are_not_touched(custom: AsyncClient) -> None:
    members = await rows(custom, "scheme=custom&segment=Big spenders")
    assert [row["customer_id"] for row in members] == SPENDERS
