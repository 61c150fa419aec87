"""Distributions over HTTP, compared with the listed customers."""

from typing import Any

import numpy as np
import pytest
from httpx import AsyncClient

from tests.api.conftest import asking, assign_again, change

pytestmark = pytest.mark.anyio
FEATURES = ("recency", "frequency", "monetary")


async def listed(client: AsyncClient, **filters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get("/v1/customers", params={"limit": 1000, **filters})).json()["data"]
    return found


def quartiles(found: dict[str, Any], feature: str) -> list[float]:
    return [float(found[feature][name]) for name in ("minimum", "q1", "median", "q3", "maximum")]


def of_customers(customers: list[dict[str, Any]], feature: str) -> list[float]:
    """Quartiles of a feature, by NumPy."""
    values = [float(customer[feature]) for customer in customers]
    found: list[float] = np.quantile(values, (0, 0.25, 0.5, 0.75, 1)).tolist()
    return found


def histogram_total(found: dict[str, Any], feature: str) -> int:
    histogram = found[feature]["histogram"]
    total: int = histogram["below"] + sum(histogram["counts"]) + histogram["above"]
    return total


@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
async def test_the_quartiles_of_a_segment_are_those_of_its_customers(client: AsyncClient, scheme: str) -> None:
    for segment in (await client.get(f"/v1/segments?scheme={scheme}")).json()["data"]:
        found = (await client.get(f"/v1/segments/{segment['slug']}/distribution?scheme={scheme}")).json()
        customers = await listed(client, segment=segment["slug"], scheme=scheme)
        assert found["customers"] == len(customers)
        assert [quartiles(found, each) for each in FEATURES] == [
            pytest.approx(of_customers(customers, each), abs=1e-4) for each in FEATURES
        ]
        assert {histogram_total(found, each) for each in FEATURES} == {len(customers)}


async def test_the_quartiles_of_a_cluster_are_those_of_its_customers(client: AsyncClient) -> None:
    for cluster in (await client.get("/v1/clusters")).json()["data"]:
        found = (await client.get(f"/v1/clusters/{cluster['cluster']}/distribution")).json()
        customers = await listed(client, cluster=cluster["cluster"])
        assert (found["slug"], found["customers"]) == (cluster["slug"], len(customers))
        assert quartiles(found, "monetary") == pytest.approx(of_customers(customers, "monetary"), abs=1e-4)


async def test_the_median_is_that_of_the_segment(client: AsyncClient) -> None:
    segment = (await client.get("/v1/segments")).json()["data"][0]
    found = (await client.get(f"/v1/segments/{segment['slug']}/distribution")).json()
    assert [found[each]["median"] for each in FEATURES] == [segment[f"median_{each}"] for each in FEATURES]


async def test_a_segment_without_customers_has_no_distribution(client: AsyncClient) -> None:
    found = (await client.get("/v1/segments/cannot-lose-them/distribution")).json()
    assert [found[each] for each in ("customers", *FEATURES)] == [0, None, None, None]


async def test_an_unknown_segment_gets_close_matches(client: AsyncClient) -> None:
    answer = await client.get("/v1/segments/hibernatin/distribution")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-segment")
    assert "did you mean hibernating" in answer.json()["detail"]


@pytest.mark.parametrize("cluster", [99, -4])
async def test_an_unknown_cluster_is_a_problem(client: AsyncClient, cluster: int) -> None:
    answer = await client.get(f"/v1/clusters/{cluster}/distribution")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-cluster")


@pytest.mark.parametrize("cluster", ["one", "99999", "1.5"])
async def test_a_cluster_that_is_no_number_is_refused(client: AsyncClient, cluster: str) -> None:
    assert (await client.get(f"/v1/clusters/{cluster}/distribution")).status_code == 422


@pytest.mark.parametrize("path", ["/v1/segments/hibernating/distribution", "/v1/clusters/0/distribution"])
async def test_before_the_first_training_there_is_none(empty: AsyncClient, path: str) -> None:
    answer = await empty.get(path)
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/no-model")


async def test_distributions_follow_an_assignment(own_shop: str) -> None:
    async with asking(own_shop) as client:
        slug = (await client.get("/v1/customers/R01")).json()["slug"]
        before = (await client.get(f"/v1/segments/{slug}/distribution")).json()
        change(own_shop, "update gold.customer_rfm set monetary = monetary + 15 where customer_id = 'R01'")
        assign_again(own_shop)
        after = (await client.get(f"/v1/segments/{slug}/distribution")).json()
        customers = await listed(client, segment=slug)
        assert after["monetary"] != before["monetary"]
        assert quartiles(after, "monetary") == pytest.approx(of_customers(customers, "monetary"), abs=1e-4)
