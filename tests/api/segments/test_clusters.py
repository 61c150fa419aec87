"""Profiles and history of clusters, and shares of customers who earn a name."""

from datetime import date, timedelta

import pytest
from httpx import AsyncClient

from tests.api.conftest import AS_OF, asking, change, train_again

pytestmark = pytest.mark.anyio
TOMORROW = AS_OF + timedelta(days=1)
SPLIT = """
    update segments.model set outcome = 'promoted', cluster_events =
        '[{"kind": "birth", "cluster": 0, "others": []}, {"kind": "split", "cluster": 1, "others": [0]}]'
    where run_id = (select run_id from segments.current_run)
"""


async def test_each_cluster_has_its_stored_profile(client: AsyncClient) -> None:
    for each in (await client.get("/v1/clusters")).json()["data"]:
        found = (await client.get(f"/v1/clusters/{each['cluster']}/distribution")).json()
        assert found["profile"] == each["profile"] != ""


async def test_clusters_exist_since_the_first_training(client: AsyncClient) -> None:
    found = {each["cluster"] < 0: each["since"] for each in (await client.get("/v1/clusters")).json()["data"]}
    assert found == {True: None, False: str(AS_OF)}


async def test_the_history_begins_with_the_births_of_the_first_clusters(client: AsyncClient) -> None:
    clusters = [each["cluster"] for each in (await client.get("/v1/clusters")).json()["data"] if each["cluster"] >= 0]
    (found,) = (await client.get("/v1/clusters/history")).json()["data"]
    assert found["events"] == [{"kind": "birth", "cluster": each, "others": []} for each in clusters]


async def test_a_cluster_names_the_one_it_split_from(own_shop: str) -> None:
    train_again(own_shop, TOMORROW)
    change(own_shop, SPLIT)
    async with asking(own_shop) as client:
        found = {each["cluster"]: each for each in (await client.get("/v1/clusters")).json()["data"]}
    assert [(found[each]["since"], found[each]["split_from"]) for each in (0, 1)] == [
        (str(TOMORROW), 1),
        (str(AS_OF), None),
    ]


async def test_changes_of_models_that_were_not_published_are_not_listed(own_shop: str) -> None:
    train_again(own_shop, TOMORROW)
    change(own_shop, SPLIT)
    change(own_shop, "update segments.model set outcome = 'discarded' where cluster_events <> '[]'")
    async with asking(own_shop) as client:
        assert len((await client.get("/v1/clusters/history")).json()["data"]) == 1


async def test_an_explanation_has_the_profile_of_the_cluster(client: AsyncClient) -> None:
    (customer,) = (await client.get("/v1/customers?limit=1")).json()["data"]
    found = (await client.get(f"/v1/customers/{customer['customer_id']}/explanation")).json()
    profiles = {each["cluster"]: each["profile"] for each in (await client.get("/v1/clusters")).json()["data"]}
    assert found["cluster_profile"] == profiles[customer["cluster"]]


@pytest.mark.parametrize("query", ["", "?scheme=rules", "?as_of=2026-03-06", "?scheme=rules&as_of=2026-03-02"])
async def test_segments_have_the_share_who_earn_the_name(moved_shop: str, query: str) -> None:
    async with asking(moved_shop, as_of=date(2026, 3, 10)) as client:
        shares = [each["earned_share"] for each in (await client.get(f"/v1/segments{query}")).json()["data"]]
    assert shares != []
    assert None not in shares


async def test_a_day_before_the_last_of_its_training_has_no_share(moved_shop: str) -> None:
    async with asking(moved_shop, as_of=date(2026, 3, 10)) as client:
        found = (await client.get("/v1/segments?as_of=2026-03-02")).json()["data"]
    assert {each["earned_share"] for each in found} == {None}
