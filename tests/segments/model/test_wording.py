"""What is said in plain words."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.segments.model.counterfactual import Counterfactual, Search
from app.segments.model.customer import Customer
from app.segments.model.explain import Fence, explain
from app.segments.model.scoring import Scorer
from app.segments.model.wording import Wording
from tests.segments.model.test_explain import BIG, NEAR, SCORER, explained, named
from tests.segments.models import TABLE, customers, scorers

NAMES = {
    (scheme, segment.slug): segment.name
    for scheme, segments in (("kmeans", TABLE.kmeans), ("rules", TABLE.rules))
    for segment in segments
}
WORDING, RULES = Wording(NAMES, "kmeans", "GBP"), Wording(NAMES, "rules", "GBP")
RESULT = Customer(0, 5, Decimal("340.00"))


@pytest.mark.parametrize(
    ("fence", "said"),
    [
        (
            Fence("monetary", -100.0, 1000.0, 1234.5),
            "Spending of GBP 1,234.50 is GBP 234.50 above the upper fence of GBP 1,000.00 (Q3 + 1.5 x IQR of all "
            "customers): an outlier.",
        ),
        (
            Fence("frequency", 5.0, 9.5, 1),
            "Frequency of 1 is 4 below the lower fence of 5 (Q1 - 1.5 x IQR of all customers): an outlier.",
        ),
        (
            Fence("frequency", -2.0, 9.5, 4),
            "Frequency of 4 is inside the fences of -2 and 9.5, 5.5 from the nearer one.",
        ),
    ],
)
def test_fences(fence: Fence, said: str) -> None:
    assert WORDING.fence(fence) == said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            Counterfactual(RESULT, "champions", orders=1, amount=Decimal("140.00"), holds_until_recency=12),
            "One more order of GBP 140.00 moves this customer to Champions, for 12 days without another.",
        ),
        (
            Counterfactual(RESULT, "champions", orders=2, amount=Decimal("280.00")),
            "2 more orders of GBP 140.00 each move this customer to Champions.",
        ),
        (
            Counterfactual(RESULT, "champions", amount=Decimal("1140.01"), holds_until_recency=1),
            "GBP 1,140.01 more moves this customer to Champions, for 1 day without an order.",
        ),
        (
            Counterfactual(RESULT, "champions", orders=1, amount=Decimal(0), holds_until_recency=0),
            "One more order of GBP 0.00 moves this customer to Champions, for that day only.",
        ),
        (
            Counterfactual(RESULT, "hibernating", days=12),
            "Without an order this customer moves to Hibernating in 12 days.",
        ),
    ],
)
def test_changes(change: Counterfactual, said: str) -> None:
    assert WORDING.change(change) == said


def test_the_centroids_of_a_customer_of_the_core() -> None:
    assert WORDING.centroids(explained(NEAR)) == (
        "The nearest centroid is that of cluster 0, Champions, 0.90 away; the next is that of cluster 2, "
        "Big Spenders, 4.56 away."
    )


def test_the_centroids_of_an_outlier() -> None:
    said = (
        "Outliers have clusters of their own, here -1; the nearest centroid is that of cluster 0, Champions, 9.35 away."
    )
    assert WORDING.centroids(explained(BIG)) == said


def test_the_name_of_a_cluster() -> None:
    found = explained(NEAR, scorer=named("super-frequent-active", [20, 6, 200]))
    assert found.naming is not None
    assert WORDING.naming(found, found.naming) == (
        "The medians of cluster 0 give it the name Super Frequent Active: monetary GBP 200.00 (1.333x the median of "
        "all customers), frequency 6 (3x), recency 20 days (the median is 25). That is the row of the table: "
        "monetary above 1x up to 2x, frequency above 2x, recent."
    )


def test_orders_and_money_to_the_same_segment_are_one_sentence() -> None:
    assert summary(Customer(10, 2, Decimal("140.00"))).endswith(
        "One more order of GBP 70.00 moves this customer to Growing Value - Active & Engaged, for 24 days without "
        "another. GBP 10.01 more moves this customer to Growing Value - Developing, for 14 days without an order. "
        "Without an order this customer moves to Base Value - Inactive in 15 days."
    )
    assert "One more order of GBP 35.00, or GBP 10.01 more, moves this customer to Growing Value - Active" in summary(
        Customer(10, 4, Decimal("140.00"))
    )


def test_where_nothing_helps_that_is_said() -> None:
    best = Customer(10, 4, Decimal("900.00"))
    assert "Neither up to 100 more orders nor more money alone gives another segment." in summary(best)


def test_a_table_that_was_changed_is_owned_up_to() -> None:
    found = explained(NEAR, "rules", slug="base-value-inactive")
    assert RULES.summary(found).endswith("the next training gives it anew.")


def summary(customer: Customer) -> str:
    return RULES.summary(explain(Search(SCORER, TABLE, "rules"), customer))


@settings(deadline=None)
@given(scorers(), customers, st.sampled_from(["kmeans", "rules"]))
def test_words_are_found_for_any_explanation(scorer: Scorer, customer: Customer, scheme: str) -> None:
    found, say = explained(customer, scheme, scorer), Wording(NAMES, scheme, "EUR")
    said = [say.summary(found), *map(say.change, found.counterfactuals), *map(say.fence, found.fences)]
    assert all(text.endswith(".") and "None" not in text and "  " not in text for text in said)
