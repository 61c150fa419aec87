"""Scheme rfm in the API: scores, groups, and customers who were assigned before the server had the scheme."""

from typing import Any

import numpy as np
import pytest
from httpx import AsyncClient

from app.db.engine import make_engine
from app.segments.model.rfm_scores import RFMScores
from app.segments.model.segment_table.table import SegmentTable
from app.segments.score_columns import SCORE_NAMES
from tests.api.conftest import asking, change
from tests.api.customers.test_list import rows
from tests.loading import query

pytestmark = pytest.mark.anyio
TABLE = SegmentTable.load()
PATHS = [
    *("/v1/segments", "/v1/segments/champions", "/v1/segments/champions/customers", "/v1/recommendations"),
    *("/v1/segments/champions/distribution", "/v1/customers/R01", "/v1/customers/R01/segment", "/v1/trends/segments"),
    *("/v1/customers/R01/explanation", "/v1/customers/R01/history", "/v1/customers/sample", "/v1/changes"),
    *("/v1/transitions", "/v1/transitions/moves", "/v1/exports/customers"),
]
BEFORE_SCHEME = "update segments.customer_segment set rfm = null, rfm_since = null where customer_id = 'R01'"


@pytest.fixture(scope="module")
async def listed(client: AsyncClient) -> list[dict[str, Any]]:
    """Every customer in the scheme rfm."""
    return await rows(client, "scheme=rfm")


@pytest.fixture(scope="module")
def expected(shop: str, listed: list[dict[str, Any]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Scores of the listed customers by the cut points of the run, shape (n, 3)."""
    engine = make_engine(shop)
    ((cuts,),) = query(engine, "select rfm_cuts from segments.model")
    engine.dispose()
    rfm = [(row["recency"], row["frequency"], float(row["monetary"])) for row in listed]
    return RFMScores.from_json(cuts).score(np.array(rfm, dtype=np.float64))


@pytest.mark.parametrize("path", PATHS)
async def test_every_operation_with_schemes_has_it(client: AsyncClient, path: str) -> None:
    answer = await client.get(path, params={"scheme": "rfm"})
    assert answer.status_code == 200, answer.text


async def test_the_scores_of_a_list_are_those_of_the_model(listed: list[dict[str, Any]], expected: Any) -> None:
    found = [[row[name] for name in SCORE_NAMES] for row in listed]
    assert found == [[*scores, sum(scores)] for scores in expected.tolist()]


async def test_the_segment_of_a_customer_is_that_of_the_scores(listed: list[dict[str, Any]], expected: Any) -> None:
    assert [row["slug"] for row in listed] == TABLE.rfm_slugs(expected).tolist()


async def test_every_customer_is_in_one_group(client: AsyncClient, listed: list[dict[str, Any]]) -> None:
    groups = (await client.get("/v1/segments?scheme=rfm")).json()["data"]
    assert {row["slug"] for row in groups} <= {segment.slug for segment in TABLE.segments["rfm"]}
    assert sum(row["customers"] for row in groups) == len(listed) == len(await rows(client, ""))


async def test_other_schemes_have_no_scores(client: AsyncClient) -> None:
    assert not set(SCORE_NAMES) & (await rows(client, "scheme=rules"))[0].keys()


async def test_a_past_day_has_its_scores(client: AsyncClient, listed: list[dict[str, Any]]) -> None:
    past = await rows(client, "scheme=rfm&as_of=2026-03-01")
    assert [row["rfm_score"] for row in past] == [row["rfm_score"] for row in listed]


async def test_an_explanation_names_the_cell(client: AsyncClient, listed: list[dict[str, Any]]) -> None:
    row = next(row for row in listed if row["customer_id"] == "R01")
    rule = (await client.get("/v1/customers/R01/explanation?scheme=rfm")).json()["explanation"]["rule"]
    scores = {name: row[f"{name}_score"] for name in ("recency", "frequency", "monetary")}
    value = (row["frequency_score"] + row["monetary_score"] + 1) // 2
    expected = {**scores, "score": row["rfm_score"], "value": value}
    assert {name: rule["scores"][name] for name in expected} == expected
    assert f"recency score {scores['recency']}" in rule["text"]


async def test_a_counterfactual_leads_to_its_group(client: AsyncClient) -> None:
    found = (await client.get("/v1/customers/R11/explanation?scheme=rfm")).json()["explanation"]["counterfactuals"]
    features = {name: found[0][name] for name in ("recency", "frequency", "monetary")}
    scored = (await client.post("/v1/score", json={**features, "scheme": "rfm"})).json()
    assert scored["segments"]["rfm"]["slug"] == found[0]["slug"]


async def test_a_customer_assigned_before_the_scheme_has_a_reason(own_shop: str) -> None:
    change(own_shop, BEFORE_SCHEME)
    async with asking(own_shop) as client:
        profile = (await client.get("/v1/customers/R01?scheme=rfm")).json()
        listed = {row["customer_id"] for row in await rows(client, "scheme=rfm")}
    assert (profile["segment"], "next rescore" in profile["segment_reason"]) == (None, True)
    assert (len(listed), "R01" in listed) == (58, False)


async def test_the_first_group_of_a_known_customer_is_a_first_change(own_shop: str) -> None:
    change(own_shop, "update segments.customer_change set kind = 'moved', kmeans_before = kmeans_after")
    async with asking(own_shop) as client:
        kinds = {row["kind"] for row in (await client.get("/v1/changes?scheme=rfm")).json()["data"]}
    assert kinds == {"first"}


async def test_an_explanation_has_the_values_that_have_the_scores(client: AsyncClient) -> None:
    found = (await client.get("/v1/customers/R01/explanation?scheme=rfm")).json()
    ranges = found["explanation"]["rule"]["scores"]["ranges"]
    for name, bounds in ranges.items():
        assert (bounds["above"] or 0) <= float(found[name]) <= (bounds["up_to"] or float("inf"))


@pytest.mark.parametrize("name", SCORE_NAMES)
async def test_customers_are_filtered_by_their_scores(
    client: AsyncClient, listed: list[dict[str, Any]], name: str
) -> None:
    least, most = (4, 7) if name == "rfm_score" else (2, 3)
    found = await rows(client, f"scheme=rfm&{name}_min={least}&{name}_max={most}")
    assert found == [row for row in listed if least <= row[name] <= most]


@pytest.mark.parametrize("sort", ["rfm_score", "-recency_score"])
async def test_pages_are_sorted_by_a_score(client: AsyncClient, listed: list[dict[str, Any]], sort: str) -> None:
    name, path = sort.removeprefix("-"), f"/v1/customers?scheme=rfm&sort={sort}&limit=40"
    first = (await client.get(path)).json()
    second = (await client.get(f"{path}&cursor={first['next_cursor']}")).json()
    keys = [(row[name], row["customer_id"].encode()) for row in first["data"] + second["data"]]
    expected = sorted(((row[name], row["customer_id"].encode()) for row in listed), reverse=sort.startswith("-"))
    assert keys == expected


@pytest.mark.parametrize("query", ["sort=rfm_score", "rfm_score_min=5", "scheme=value&recency_score_max=5"])
async def test_scores_need_their_scheme(client: AsyncClient, query: str) -> None:
    answer = await client.get(f"/v1/customers?{query}")
    assert (answer.status_code, "with scheme=rfm only: add it" in answer.text) == (409, True)


async def test_an_export_is_filtered_by_scores(client: AsyncClient, listed: list[dict[str, Any]]) -> None:
    text = (await client.get("/v1/exports/customers?scheme=rfm&rfm_score_min=12")).text
    assert len(text.splitlines()) == len([row for row in listed if row["rfm_score"] >= 12])
