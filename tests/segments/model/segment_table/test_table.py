import tomllib
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.segments.model.segment_table.rows import BY_MEDIANS
from app.segments.model.segment_table.table import (
    DEFAULT_PATH,
    TIERS,
    URGENCIES,
    SegmentDefinition,
    SegmentTable,
)

TABLE = SegmentTable.load()
OVERALL = (50.0, 2.0, 500.0)
RECENT, DORMANT = 49.9, 50.0

OVER_4, TO_4, TO_2, TO_1 = (4.01, 9.0), (2.01, 3.0, 4.0), (1.01, 1.5, 2.0), (0.0, 0.5, 1.0)
OVER_2 = (2.01, 9.0)
NAMES = [
    (OVER_4 + TO_4, OVER_2, "Super VIP Champions", "VIP At Risk"),
    (OVER_4, TO_2, "Ultra High Value Active", "Ultra High Value At Risk"),
    (OVER_4, TO_1, "Ultra Big Spenders", "Dormant Ultra High Value"),
    (TO_4, TO_2, "High Value Active", "High Value At Risk"),
    (TO_4, TO_1, "Big Spenders", "Dormant High Value"),
    (TO_2, OVER_2, "Super Frequent Active", "Super Frequent At Risk"),
    (TO_2, TO_2, "Champions", "Loyal Customers At Risk"),
    (TO_2, TO_1, "Potential Loyalists", "At Risk Customers"),
    (TO_1, OVER_2, "Frequent Low Value", "At Risk Frequent"),
    (TO_1, TO_2, "Frequent Buyers", "Cannot Lose Them"),
    (TO_1, TO_1, "New Customers", "Hibernating"),
]
RULES = [
    (OVER_2, "High Value"),
    (TO_2, "Growing Value"),
    (TO_1, "Base Value"),
]


def cluster_name(recency: float, frequency: float, monetary: float, cluster: int = 0) -> str:
    """Frequency and monetary as multiples of the overall medians."""
    medians = (recency, frequency * OVERALL[1], monetary * OVERALL[2])
    return TABLE.name_cluster(cluster, medians, OVERALL).name


def customer_names(rows: list[tuple[float, float, float]]) -> list[str]:
    rfm = np.array([(recency, f * OVERALL[1], m * OVERALL[2]) for recency, f, m in rows])
    return [row.segment.name for row in TABLE.rows("rules", rfm, OVERALL)]


# --- clusters


@pytest.mark.parametrize(("monetary", "frequency", "recent", "dormant"), NAMES)
def test_names_of_clusters(
    monetary: tuple[float, ...], frequency: tuple[float, ...], recent: str, dormant: str
) -> None:
    cells = list(product(frequency, monetary))
    assert {cluster_name(RECENT, f, m) for f, m in cells} == {recent}
    assert {cluster_name(DORMANT, f, m) for f, m in cells} == {dormant}


@pytest.mark.parametrize(("monetary", "frequency"), [(2.01, 1.0), (4.0, 0.0)])
def test_dormant_unusual_spenders_are_premium(monetary: float, frequency: float) -> None:
    assert cluster_name(DORMANT, frequency, monetary, cluster=-1) == "Premium Dormant Customers"


@pytest.mark.parametrize("cluster", [-3, -2, 0, 1, 11])
def test_other_dormant_clusters_are_not_premium(cluster: int) -> None:
    assert cluster_name(DORMANT, 1, 3, cluster) == "Dormant High Value"


@given(
    recency=st.sampled_from([RECENT, DORMANT]),
    frequency=st.sampled_from(OVER_2 + TO_2 + TO_1),
    monetary=st.sampled_from(OVER_4 + TO_4 + TO_2 + TO_1),
    clusters=st.permutations(range(-3, 12)),
)
def test_names_do_not_hang_on_cluster_numbers(
    recency: float, frequency: float, monetary: float, clusters: list[int]
) -> None:
    names = {cluster_name(recency, frequency, monetary, cluster) for cluster in clusters if cluster != -1}
    assert len(names) == 1


def test_the_unusual_spenders_have_one_name_of_their_own() -> None:
    cells = list(product([RECENT, DORMANT], OVER_2 + TO_2 + TO_1, OVER_4 + TO_4 + TO_2 + TO_1))
    other = {cell for cell in cells if cluster_name(*cell, cluster=-1) != cluster_name(*cell)}
    assert other == set(product([DORMANT], TO_1, TO_4))


def test_an_overall_median_of_zero_divides_nothing() -> None:
    assert TABLE.name_cluster(0, (1, 1, 0.01), (2, 0, 0)).name == "Super VIP Champions"
    assert TABLE.name_cluster(0, (1, 0, 0), (2, 0, 0)).name == "New Customers"


def test_medians_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="frequency"):
        TABLE.name_cluster(0, (1, np.nan, 1), OVERALL)


# --- customers


@pytest.mark.parametrize(("monetary", "value"), RULES)
def test_names_of_customers(monetary: tuple[float, ...], value: str) -> None:
    frequent, seldom = list(product((1.01, 2.5), monetary)), list(product((0.5, 1.0), monetary))
    for cells, recent, dormant in [
        (frequent, "Active & Engaged", "At Risk"),
        (seldom, "Developing", "Inactive"),
    ]:
        assert set(customer_names([(RECENT, *cell) for cell in cells])) == {f"{value} - {recent}"}
        assert set(customer_names([(DORMANT, *cell) for cell in cells])) == {f"{value} - {dormant}"}


def test_customers_are_named_in_their_order() -> None:
    names = customer_names([(RECENT, 2, 3), (DORMANT, 0.5, 0.5), (RECENT, 2, 3)])
    expected = ["High Value - Active & Engaged", "Base Value - Inactive", "High Value - Active & Engaged"]
    assert names == expected


def test_no_customers_have_no_names() -> None:
    assert TABLE.rows("rules", [], OVERALL) == []


@pytest.mark.parametrize("scheme", BY_MEDIANS)
def test_the_slugs_of_customers_are_those_of_their_rows(scheme: str) -> None:
    rfm = np.array(list(product((RECENT, DORMANT), (1.0, 3.0, 9.0), (250.0, 900.0, 9000.0))))
    expected = [row.segment.slug for row in TABLE.rows(scheme, rfm, OVERALL, -1)]
    assert TABLE.slugs(scheme, rfm, OVERALL, -1).tolist() == expected


# --- the table


def raw_rows(scheme: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads(DEFAULT_PATH.read_text(encoding="utf-8"))[scheme]
    return rows


def covers(row: dict[str, Any], recency: str, frequency: float, monetary: float) -> bool:
    bounds = [(row["frequency"], frequency), (row["monetary"], monetary)]
    inside = [band.get("above", -1) < value <= band.get("up_to", 99) for band, value in bounds]
    return all(inside) and row["recency"] == recency


@pytest.mark.parametrize("scheme", BY_MEDIANS)
def test_every_case_is_covered_exactly_once(scheme: str) -> None:
    rows = [row for row in raw_rows(scheme) if "cluster" not in row]
    multiples = [n / 4 for n in range(24)]
    counts = {sum(covers(row, *case) for row in rows) for case in product(["recent", "dormant"], multiples, multiples)}
    assert counts == {1}


def test_there_are_23_names_of_clusters_and_12_of_customers() -> None:
    assert (len(TABLE.kmeans), len(TABLE.rules)) == (23, 12)


def test_the_table_is_in_the_order_of_its_file() -> None:
    assert [segment.name for segment in TABLE.kmeans] == [row["name"] for row in raw_rows("kmeans")]


@pytest.mark.parametrize("segment", TABLE.kmeans + TABLE.rules, ids=lambda segment: segment.name)
def test_every_segment_has_a_tier_and_a_recommendation(segment: SegmentDefinition) -> None:
    advice = segment.recommendation
    assert segment.tier in TIERS
    assert advice.urgency in URGENCIES
    assert 2 <= len(advice.actions) <= 4
    assert min(map(len, (advice.goal, advice.channel, *advice.actions))) > 4


def test_no_two_segments_share_a_recommendation() -> None:
    advice = [segment.recommendation for segment in TABLE.kmeans + TABLE.rules]
    goals = {one.goal for one in advice}
    actions = [action for one in advice for action in one.actions]
    assert (len(goals), len(set(actions))) == (35, len(actions))


def test_every_tier_is_in_use() -> None:
    assert {segment.tier for segment in TABLE.kmeans} == set(TIERS) == {segment.tier for segment in TABLE.rules}


def test_a_slug_finds_the_segment_of_its_scheme() -> None:
    assert TABLE.segment("kmeans", "high-value-at-risk").name == "High Value At Risk"
    assert TABLE.segment("rules", "high-value-at-risk").name == "High Value - At Risk"


@pytest.mark.parametrize(("scheme", "slug"), [("kmeans", "base-value-inactive"), ("value", "champions")])
def test_an_unknown_slug_is_a_key_error(scheme: str, slug: str) -> None:
    with pytest.raises(KeyError, match=slug):
        TABLE.segment(scheme, slug)


def test_a_row_says_its_cases_in_words() -> None:
    (spender,) = TABLE.rows("kmeans", [[RECENT, 2, 1500]], OVERALL)
    assert spender.words == "monetary above 2x up to 4x, frequency up to 1x, recent"


@pytest.mark.parametrize(("feature", "kmeans", "rules"), [(0, [1], [1]), (1, [1, 2], [1]), (2, [1, 2, 4], [1, 2])])
def test_bounds_are_those_of_the_rows(feature: int, kmeans: list[int], rules: list[int]) -> None:
    assert [TABLE.bounds(scheme, feature).tolist() for scheme in BY_MEDIANS] == [kmeans, rules]


def test_a_file_that_was_edited_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "segments.toml"
    path.write_text(DEFAULT_PATH.read_text(encoding="utf-8"), encoding="utf-8")
    before = SegmentTable.load(path).kmeans[0].name
    path.write_text(path.read_text(encoding="utf-8").replace(f'"{before}"', '"Another name"'), encoding="utf-8")
    assert (before != "Another name", SegmentTable.load(path).kmeans[0].name) == (True, "Another name")
