"""Explanations of segments agree with the model and the segment table."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.segments.model.counterfactual import CounterfactualSearch
from app.segments.model.customer import CustomerFeatures
from app.segments.model.explain import Explanation, explain
from app.segments.model.scoring import Scorer
from tests.segments.models import TABLE, customers, scorers

ROW: dict[str, Any] = {
    "fences": {"monetary": [-100.0, 1000.0], "frequency": [-2.0, 10.0]},
    "scaler": {"mean": [30.0, 3.0, 200.0], "scale": [10.0, 1.0, 100.0]},
    "centroids": [[10.0, 4.0, 300.0], [50.0, 2.0, 100.0], [50.0, 2.0, 300.0]],
    "medians": {"recency": 25.0, "frequency": 2.0, "monetary": 150.0},
    "segment_of_cluster": {"0": "champions", "1": "hibernating", "2": "big-spenders", "-1": "ultra-big-spenders"},
    "cluster_medians": {"0": [11.0, 4.0, 290.0], "1": [48.0, 2.0, 105.0], "-1": [20.0, 2.0, 9000.0]},
}
SCORER = Scorer.from_row(ROW)
NEAR = CustomerFeatures(10, 4, Decimal("210.00"))
BIG = CustomerFeatures(10, 4, Decimal("1234.50"))


def explained(
    customer: CustomerFeatures, scheme: str = "kmeans", scorer: Scorer = SCORER, slug: str | None = None
) -> Explanation:
    return explain(CounterfactualSearch(scorer, TABLE, scheme), customer, slug)


def test_features_are_multiples_of_the_medians_of_all_customers() -> None:
    assert explained(NEAR).multiples == (0.4, 2.0, 1.4)


def test_a_median_of_zero_has_no_multiples() -> None:
    row = {**ROW, "medians": {"recency": 0, "frequency": 1, "monetary": 0}}
    assert explained(NEAR, scorer=Scorer.from_row(row)).multiples == (None, 4.0, None)


def test_the_own_centroid_and_the_next() -> None:
    own, following = explained(NEAR).own, explained(NEAR).next
    assert own is not None
    assert following is not None
    assert (own.cluster, own.slug) == (0, "champions")
    assert (following.cluster, following.slug) == (2, "big-spenders")
    assert [own.distance, following.distance] == pytest.approx([0.9, 20.81**0.5])


def test_centroids_have_the_lasting_ids_of_their_clusters() -> None:
    names = {7: "champions", 5: "hibernating", 3: "big-spenders"}
    found = explained(NEAR, scorer=replace(SCORER, cluster_ids=(7, 5, 3), segment_of_cluster=names))
    assert found.own is not None
    assert found.next is not None
    assert (found.own.cluster, found.next.cluster) == (7, 3)


def test_a_single_cluster_has_no_next() -> None:
    assert explained(NEAR, scorer=replace(SCORER, centroids=SCORER.centroids[:1])).next is None


def test_a_cluster_that_lost_everybody_is_neither_in_the_way_nor_next() -> None:
    without = replace(SCORER, segment_of_cluster={0: "champions", 1: "hibernating"})
    following = explained(NEAR, scorer=without).next
    assert following is not None
    assert following.slug == "hibernating"
    inside = explained(CustomerFeatures(50, 2, Decimal("300.00")), scorer=without)
    assert inside.own is not None
    assert (inside.own.cluster, inside.own.slug) == (2, inside.slug)


def test_an_outlier_has_no_centroid_of_his_own_but_a_nearest() -> None:
    found = explained(BIG)
    assert (found.cluster, found.own) == (-1, None)
    assert found.next is not None
    assert found.next.cluster == 0


def test_the_fence_that_made_an_outlier_and_by_how_much() -> None:
    monetary, frequency = explained(BIG).fences
    assert (monetary.feature, monetary.outside, monetary.by) == ("monetary", "above", 234.5)
    assert (frequency.feature, frequency.outside, frequency.by) == ("frequency", None, 6)


def test_a_lower_fence_can_be_crossed_too() -> None:
    scorer = replace(SCORER, fences={**SCORER.fences, "frequency": (5.0, 10.0)})
    (_, frequency) = explained(NEAR, scorer=scorer).fences
    assert (frequency.outside, frequency.by) == ("below", 1)


def test_no_fence_is_below_zero() -> None:
    assert [fence.low for fence in explained(NEAR).fences] == [None, None]


def test_the_rules_scheme_has_no_statistics_of_the_clustering() -> None:
    found = explained(BIG, "rules")
    assert (found.own, found.next, found.fences) == (None, None, ())


def test_a_cluster_is_named_by_its_medians() -> None:
    naming = explained(NEAR, slug="champions", scorer=named("super-frequent-active", [20, 6, 200])).naming
    assert naming is None
    naming = explained(NEAR, scorer=named("super-frequent-active", [20, 6, 200])).naming
    assert naming is not None
    assert (naming.compared, naming.values, naming.multiples) == ("cluster", (20, 6, 200), (0.8, 3.0, 200 / 150))
    assert naming.row.words == "monetary above 1x up to 2x, frequency above 2x, recent"


def named(slug: str, medians: list[float]) -> Scorer:
    """Return the model with cluster 0 named by these medians."""
    names = {**ROW["segment_of_cluster"], "0": slug}
    return Scorer.from_row({**ROW, "segment_of_cluster": names, "cluster_medians": {"0": medians}})


def test_rules_name_by_the_own_numbers() -> None:
    naming = explained(NEAR, "rules").naming
    assert naming is not None
    assert (naming.compared, naming.values) == ("customer", (10, 4, 210))
    assert naming.row.segment.slug == explained(NEAR, "rules").slug == "growing-value-active-engaged"


def test_the_first_of_an_outlier_cluster_names_it_by_his_own_numbers() -> None:
    found = explained(CustomerFeatures(10, 20, Decimal("200.00")))
    assert found.naming is not None
    assert (found.cluster, found.naming.compared, found.slug) == (-2, "customer", "super-frequent-active")


def test_medians_that_were_not_kept_explain_no_name() -> None:
    assert explained(NEAR, scorer=replace(SCORER, cluster_medians={})).naming is None


def test_of_a_table_that_was_changed_since_nothing_is_claimed() -> None:
    found = explained(NEAR, "rules", slug="a-segment-that-was-renamed")
    assert (found.slug, found.is_current) == ("a-segment-that-was-renamed", False)
    assert (found.naming, found.counterfactuals) == (None, ())


@given(scorers(), customers, st.sampled_from(["kmeans", "rules"]))
def test_any_customer_is_explained_by_the_cluster_that_he_has(
    scorer: Scorer, customer: CustomerFeatures, scheme: str
) -> None:
    found = explained(customer, scheme, scorer)
    assert found.cluster == scorer.predict([customer.rfm])[0]
    assert found.slug == scorer.slugs_of_customers([customer.rfm], TABLE, scheme)[0]
    crossed = -sum((number + 1) * (fence.outside is not None) for number, fence in enumerate(found.fences))
    assert crossed == (min(found.cluster, 0) if scheme == "kmeans" else 0)
    assert len(found.fences) == (2 if scheme == "kmeans" else 0)
    if found.own and found.next:
        assert found.own.cluster == found.cluster != found.next.cluster
        assert found.own.distance <= found.next.distance
    assert found.naming is None or found.naming.row.segment.slug == found.slug


@pytest.mark.parametrize(
    ("slug", "medians", "origin"),
    [
        ("champions", [11, 4, 290], "table"),
        ("super-frequent-active", [20, 4, 200], "kept"),
        ("occasional-buyers", [20, 1, 100], "replaced"),
        ("occasional-buyers", [25.5, 1, 100], "kept"),
    ],
)
def test_a_name_that_the_table_does_not_give_by_the_medians_is_kept_or_a_replacement(
    slug: str, medians: list[float], origin: str
) -> None:
    naming = explained(NEAR, scorer=named(slug, medians)).naming
    assert naming is not None
    assert (naming.row.segment.slug, naming.origin) == (slug, origin)


def test_a_name_far_from_the_bounds_of_its_row_is_not_explained() -> None:
    assert explained(NEAR, scorer=named("super-frequent-active", [20, 1, 900])).naming is None
