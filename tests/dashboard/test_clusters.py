"""Clusters: points, distributions, choice of k and sizes are those of the API."""

from typing import Any

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking
from tests.api.granting import new_key
from tests.dashboard.conftest import IMAGE, figure, reading, table, until_signed_in, values

pytestmark = pytest.mark.anyio


async def body(url: str, path: str) -> dict[str, Any]:
    """Answer of the API."""
    async with asking(url) as client:
        found: dict[str, Any] = (await client.get(path)).json()
    return found


async def test_every_customer_is_a_point_in_the_colour_of_their_cluster(reader: AsyncClient, shop: str) -> None:
    sample = (await body(shop, "/v1/customers/sample"))["data"]
    traces = figure((await reader.get("/clusters")).text, "space")
    points = {point for each in traces for point in zip(each["x"], each["y"], each["z"], strict=True)}
    assert points == {(row["recency"], row["frequency"], float(row["monetary"])) for row in sample}
    assert sum(len(each["x"]) for each in traces) == len(sample)
    assert len({each["marker"]["color"] for each in traces}) == len(traces) == len({row["cluster"] for row in sample})


async def test_all_points_are_said_to_be_all(reader: AsyncClient) -> None:
    note = (await reader.get("/clusters")).text.partition('id="sampled"')[2].partition("</p>")[0]
    assert "All " in note
    assert values(note, "integer") == ["59"]


async def test_a_sample_is_said_to_be_one(reader: AsyncClient) -> None:
    page = (await reader.get("/clusters?points=20")).text
    note = page.partition('id="sampled"')[2].partition("</p>")[0]
    drawn = sum(len(each["x"]) for each in figure(page, "space"))
    assert "A sample of" in note
    assert values(note, "integer") == [str(drawn), "59"]
    assert drawn < 59


async def test_clusters_are_filtered_by_the_address(reader: AsyncClient, shop: str) -> None:
    rows = (await body(shop, "/v1/clusters"))["data"]
    page = (await reader.get("/clusters?cluster=0&cluster=1")).text
    chosen = [row for row in rows if row["cluster"] in (0, 1)]
    assert values(table(page, 'aria-label="Table of clusters"'), "integer") == [str(row["customers"]) for row in chosen]
    assert [each["name"] for each in figure(page, "space")] == ["Cluster 0", "Cluster 1"]
    assert [each["name"] for each in figure(page, "boxes-monetary")] == ["Cluster 0", "Cluster 1"]


async def test_the_colour_of_a_cluster_is_the_same_with_a_filter(reader: AsyncClient) -> None:
    every = figure((await reader.get("/clusters")).text, "space")
    (one,) = figure((await reader.get("/clusters?cluster=1")).text, "space")
    assert one["marker"]["color"] == next(each for each in every if each["name"] == "Cluster 1")["marker"]["color"]


@pytest.mark.parametrize("feature", ["recency", "frequency", "monetary"])
async def test_distributions_are_those_of_the_api(reader: AsyncClient, shop: str, feature: str) -> None:
    found = (await body(shop, "/v1/clusters/0/distribution"))[feature]
    page = (await reader.get("/clusters?cluster=0")).text
    (box,) = figure(page, f"boxes-{feature}")
    expected = {"q1": "q1", "median": "median", "q3": "q3", "lowerfence": "whisker_low", "upperfence": "whisker_high"}
    assert {name: box[name][0] for name in expected} == {name: float(found[its]) for name, its in expected.items()}
    (histogram,) = figure(page, f"histograms-{feature}")
    assert histogram["x"] == [float(edge) for edge in found["histogram"]["edges"]]
    assert histogram["y"][:-1] == found["histogram"]["counts"]
    ends = [count for count in (found["histogram"]["below"], found["histogram"]["above"]) if count]
    bins = [int(each) for each in values(table(page, f"figure-histograms-{feature}"), "integer")]
    assert sum(bins) == sum(found["histogram"]["counts"]) + sum(ends)


async def test_scores_of_every_k_are_those_of_the_model(reader: AsyncClient, shop: str) -> None:
    model = await body(shop, "/v1/models/current")
    silhouette, combined, inertia = figure((await reader.get("/clusters")).text, "scores")
    assert silhouette["x"] == [each["k"] for each in model["k_scores"]]
    for trace, name in ((silhouette, "silhouette"), (combined, "combined"), (inertia, "inertia")):
        assert trace["y"] == [each[name] for each in model["k_scores"]]


async def test_a_key_without_customers_sees_no_points(own_shop: str) -> None:
    async with reading(own_shop, key=None) as reader:
        await until_signed_in(reader, new_key(own_shop, ["segments:read"]).key)
        page = (await reader.get("/clusters")).text
    assert "figure-space" not in page
    assert "figure-boxes-recency" in page
    assert "R01" not in page


@pytest.mark.parametrize(
    ("query", "status"),
    [("cluster=77", 404), ("cluster=x", 422), ("scale=square", 422), ("points=50000", 422), ("colour=red", 422)],
)
async def test_a_wrong_filter_is_a_page(reader: AsyncClient, query: str, status: int) -> None:
    answer = await reader.get(f"/clusters?{query}")
    assert answer.status_code == status
    assert 'href="/clusters">Open without filters' in answer.text


async def test_ids_are_no_tags_of_plotly(hostile: str) -> None:
    async with reading(hostile) as reader:
        traces = figure((await reader.get("/clusters")).text, "space")
    texts = [text for each in traces for text in each["text"]]
    assert not any("<" in text for text in texts)
    assert any(text.startswith(IMAGE.replace("<", "&lt;").replace(">", "&gt;")) for text in texts)
