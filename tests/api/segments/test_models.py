"""List of training runs."""

from datetime import timedelta

import pytest
from httpx import AsyncClient

from tests.api.conftest import AS_OF, asking, assign_again, change, train_again

pytestmark = pytest.mark.anyio


async def test_a_model_has_its_k_silhouette_and_sizes(client: AsyncClient) -> None:
    (found,) = (await client.get("/v1/models")).json()["data"]
    current = (await client.get("/v1/models/current")).json()
    clusters = (await client.get("/v1/clusters")).json()["data"]
    silhouettes = {score["k"]: score["silhouette"] for score in current["k_scores"]}
    assert (found["k"], found["silhouette"]) == (current["k"], silhouettes[current["k"]])
    assert found["clusters"] == [{name: each[name] for name in ("cluster", "slug", "customers")} for each in clusters]
    assert (found["sha256"], found["is_current"], found["is_stored"]) == (current["sha256"], True, True)


async def test_the_newest_training_comes_first(own_shop: str) -> None:
    train_again(own_shop, AS_OF + timedelta(days=1))
    async with asking(own_shop) as client:
        found = (await client.get("/v1/models?include=total")).json()
        assert [each["as_of"] for each in found["data"]] == ["2026-03-02", "2026-03-01"]
        assert [each["is_current"] for each in found["data"]] == [True, False]
        assert found["total"] == 2


async def test_pages_follow_each_other(own_shop: str) -> None:
    train_again(own_shop, AS_OF + timedelta(days=1))
    async with asking(own_shop) as client:
        whole = (await client.get("/v1/models")).json()["data"]
        first = (await client.get("/v1/models?limit=1")).json()
        rest = (await client.get(f"/v1/models?limit=1&cursor={first['next_cursor']}")).json()
        assert first["data"] + rest["data"] == whole
        assert rest["has_more"] is False


async def test_a_removed_training_stays_without_sizes(own_shop: str) -> None:
    change(own_shop, "update segments.model set removed_at = now()")
    change(own_shop, "delete from segments.cluster_summary")
    async with asking(own_shop) as client:
        (found,) = (await client.get("/v1/models")).json()["data"]
        assert (found["is_stored"], found["clusters"], found["customers"]) == (False, [], 59)
        assert found["clusters_as_of"] is None


async def test_the_sizes_of_clusters_have_a_day_of_their_own(own_shop: str) -> None:
    bought = AS_OF + timedelta(days=4)
    change(own_shop, "update gold.customer_rfm set monetary = monetary + 1, updated_at = now()")
    assign_again(own_shop, bought)
    async with asking(own_shop) as client:
        (found,) = (await client.get("/v1/models")).json()["data"]
        assert (found["as_of"], found["clusters_as_of"]) == (str(AS_OF), str(bought))


async def test_before_the_first_training_there_is_none(empty: AsyncClient) -> None:
    found = (await empty.get("/v1/models")).json()
    assert (found["data"], found["run_id"]) == ([], None)


async def test_each_centroid_has_the_number_of_its_cluster(own_shop: str) -> None:
    async with asking(own_shop) as client:
        ids = [*range((await client.get("/v1/models/current")).json()["k"], 0, -1)]
        change(own_shop, f"update segments.model set cluster_ids = '{ids}'")  # noqa: S608
        assert (await client.get("/v1/models/current")).json()["centroid_clusters"] == ids


async def test_the_current_model_says_why_it_has_its_k(client: AsyncClient) -> None:
    current = (await client.get("/v1/models/current")).json()
    assert current["k_reason"] == f"{current['k']} clusters have the highest combined score."


async def test_the_current_model_has_the_cut_points_of_rfm_scores(client: AsyncClient) -> None:
    current = (await client.get("/v1/models/current")).json()
    assert {name: len(cuts) for name, cuts in current["rfm_cuts"].items()} == dict.fromkeys(current["features"], 4)


async def test_a_model_has_its_window(own_shop: str) -> None:
    change(own_shop, "update segments.model set window_days = 60")
    async with asking(own_shop) as client:
        assert (await client.get("/v1/models/current")).json()["window_days"] == 60
        assert (await client.get("/v1/models")).json()["data"][0]["window_days"] == 60
