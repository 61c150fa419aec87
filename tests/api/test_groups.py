"""Clusters, recommendations and the model: what a training found, and the table that names it."""

import pytest
from httpx import AsyncClient

from app.segments.model.segment_table.table import SegmentTable

pytestmark = pytest.mark.anyio


async def test_a_cluster_has_the_fields_of_the_contract(client: AsyncClient) -> None:
    assert list((await client.get("/v1/clusters")).json()["data"][0]) == [
        *("cluster", "segment", "slug", "tier", "customers", "profile"),
        *("mean_recency", "median_recency", "mean_frequency", "median_frequency", "mean_monetary", "median_monetary"),
        *("currency", "since", "split_from"),
    ]


async def test_every_customer_is_in_one_cluster(client: AsyncClient) -> None:
    clusters = (await client.get("/v1/clusters")).json()["data"]
    assert sum(each["customers"] for each in clusters) == 59


async def test_outliers_come_first(client: AsyncClient) -> None:
    numbers = [each["cluster"] for each in (await client.get("/v1/clusters")).json()["data"]]
    assert numbers[0] < 0
    assert numbers == sorted(numbers)


async def test_a_cluster_is_named_as_its_customers_are(client: AsyncClient) -> None:
    customer = (await client.get("/v1/customers/R01")).json()
    clusters = {each["cluster"]: each["segment"] for each in (await client.get("/v1/clusters")).json()["data"]}
    assert clusters[customer["cluster"]] == customer["segment"]


async def test_recommendations_are_the_table(client: AsyncClient) -> None:
    answer = (await client.get("/v1/recommendations")).json()["data"]
    assert [each["segment"] for each in answer] == [segment.name for segment in SegmentTable.load().kmeans]


async def test_recommendations_of_the_rules_are_theirs(client: AsyncClient) -> None:
    answer = (await client.get("/v1/recommendations?scheme=rules")).json()["data"]
    assert [each["slug"] for each in answer] == [segment.slug for segment in SegmentTable.load().rules]


async def test_a_recommendation_has_the_fields_of_the_contract(client: AsyncClient) -> None:
    first = (await client.get("/v1/recommendations")).json()["data"][0]
    assert list(first) == ["segment", "slug", "tier", "goal", "actions", "channel", "urgency"]


async def test_the_model_chose_the_k_with_the_best_score(client: AsyncClient) -> None:
    model = (await client.get("/v1/models/current")).json()
    best = max(model["k_scores"], key=lambda score: score["combined"])
    assert model["k"] == best["k"]
    assert list(best) == ["k", "silhouette", "inertia", "elbow", "combined"]


async def test_the_model_can_be_repeated_from_its_facts(client: AsyncClient) -> None:
    model = (await client.get("/v1/models/current")).json()
    assert model["features"] == ["recency", "frequency", "monetary"]
    assert (model["seed"], model["customers"], len(model["sha256"])) == (42, 59, 64)
    assert model["versions"].keys() == {"python", "numpy", "scikit-learn", "joblib"}
    assert model["trained_at"] == "2026-03-01T12:00:00Z"


async def test_the_model_has_the_fences(client: AsyncClient) -> None:
    model = (await client.get("/v1/models/current")).json()
    assert model["fences"].keys() == {"monetary", "frequency"}
    assert model["medians"].keys() == set(model["features"])


@pytest.mark.parametrize("path", ["/v1/clusters", "/v1/recommendations", "/v1/models/current"])
async def test_before_the_first_training_groups_are_a_problem(empty: AsyncClient, path: str) -> None:
    answer = await empty.get(path)
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/no-model")
