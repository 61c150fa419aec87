"""List of training runs."""

from datetime import timedelta

import pytest
from httpx import AsyncClient

from tests.api.conftest import AS_OF, asking, change, train_again

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


async def test_before_the_first_training_there_is_none(empty: AsyncClient) -> None:
    found = (await empty.get("/v1/models")).json()
    assert (found["data"], found["run_id"]) == ([], None)
