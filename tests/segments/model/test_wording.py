"""Wording of explanations."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.segments.model.counterfactual import Counterfactual, CounterfactualSearch
from app.segments.model.customer import CustomerFeatures
from app.segments.model.explain import Fence, explain
from app.segments.model.scoring import Scorer
from app.segments.model.wording import Wording
from tests.segments.model.test_explain import BIG, NEAR, ROW, SCORER, explained, named
from tests.segments.models import TABLE, customers, scorers

NAMES = {
    (scheme, segment.slug): segment.name
    for scheme, segments in (("kmeans", TABLE.kmeans), ("rules", TABLE.rules))
    for segment in segments
}
WORDING, RULES = Wording(NAMES, "kmeans", "GBP"), Wording(NAMES, "rules", "GBP")
RESULT = CustomerFeatures(0, 5, Decimal("340.00"))


def headline(customer: CustomerFeatures, scheme: str = "rules", orders: float = 2.0) -> str:
    """The first sentence of a summary, under a median number of orders."""
    scorer = Scorer.from_row({**ROW, "medians": {**ROW["medians"], "frequency": orders}})
    wording = WORDING if scheme == "kmeans" else RULES
    return wording.summary(explained(customer, scheme, scorer)).partition(". ")[0] + "."


def test_a_summary_starts_with_the_headline() -> None:
    scorer = named("super-vip-champions", [5, 8, 900])
    wide = replace(scorer, fences={"monetary": (-1e6, 1e6), "frequency": (-1e6, 1e6)})
    assert WORDING.summary(explained(CustomerFeatures(5, 8, Decimal("1384.66")), scorer=wide)).startswith(
        "Super VIP Champion: 8 orders, four times as many as a typical customer (2), "
        "1,384.66 GBP, last order 5 days ago."
    )


def test_amounts_have_no_currency_where_none_is_declared() -> None:
    found = explained(CustomerFeatures(5, 8, Decimal("1384.66")), scorer=named("super-vip-champions", [5, 8, 900]))
    assert " 1,384.66, last order" in Wording(NAMES, "kmeans", None).summary(found)


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        (1, "1 order, fewer than a typical customer (2)"),
        (2, "2 orders, as many as a typical customer (2)"),
        (4, "4 orders, twice as many as a typical customer (2)"),
        (5, "5 orders, 2.5 times as many as a typical customer (2)"),
        (20, "20 orders, ten times as many as a typical customer (2)"),
        (30, "30 orders, 15 times as many as a typical customer (2)"),
    ],
)
def test_orders_are_compared_with_those_of_a_typical_customer(orders: int, expected: str) -> None:
    assert expected in headline(CustomerFeatures(10, orders, Decimal(210)))


def test_a_slight_difference_is_not_stated_as_a_multiple() -> None:
    assert "4 orders, more than a typical customer (3)" in headline(CustomerFeatures(10, 4, Decimal(210)), orders=3)


def test_a_median_of_zero_orders_is_compared_with_nothing() -> None:
    assert "4 orders, 210.00 GBP" in headline(CustomerFeatures(10, 4, Decimal(210)), orders=0)


@pytest.mark.parametrize(("days", "expected"), [(0, "today"), (1, "yesterday"), (2, "2 days ago")])
def test_the_last_order_is_dated_in_words(days: int, expected: str) -> None:
    assert headline(CustomerFeatures(days, 4, Decimal(210))).endswith(f"last order {expected}.")


def test_a_last_order_in_the_future_has_its_date() -> None:
    summary = replace(RULES, as_of=date(2026, 3, 1)).summary(
        explained(CustomerFeatures(-154, 4, Decimal(210)), "rules")
    )
    assert "210.00 GBP, last order in 154 days, on 2026-08-02: a date in the future." in summary


@pytest.mark.parametrize(
    ("name", "one"),
    [("New Customers", "New Customer"), ("Hibernating", "Hibernating"), ("At Risk", "At Risk"), ("Boss", "Boss")],
)
def test_a_customer_is_one_of_a_segment(name: str, one: str) -> None:
    wording = Wording({("rules", slug): name for _, slug in NAMES}, "rules", "GBP")
    assert wording.summary(explained(NEAR, "rules")).startswith(f"{one}: ")


def test_a_cluster_is_described_by_its_medians() -> None:
    found = explained(NEAR, scorer=named("super-frequent-active", [20, 6, 200]))
    assert "Customers of this group typically have 6 orders, 200.00 GBP and a last order 20 days ago." in (
        WORDING.summary(found)
    )


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        (BIG, "Spends unusually much: more than 1,000.00 GBP."),
        (CustomerFeatures(10, 20, Decimal(200)), "Orders unusually often: more than 10 orders."),
    ],
)
def test_an_outlier_is_unusual(customer: CustomerFeatures, expected: str) -> None:
    assert expected in WORDING.summary(explained(customer))


def test_the_rules_scheme_mentions_no_outliers() -> None:
    assert "unusual" not in RULES.summary(explained(BIG, "rules"))


@pytest.mark.parametrize(
    ("fence", "expected"),
    [
        (
            Fence("monetary", None, 1000.0, 1234.5),
            "1,234.50 GBP: 234.50 GBP above the usual range, up to 1,000.00 GBP.",
        ),
        (Fence("frequency", 5.0, 9.5, 1), "1 order: 4 orders below the usual range, from 5 orders to 9.5 orders."),
        (Fence("frequency", None, 9.5, 4), "4 orders: within the usual range, up to 9.5 orders."),
    ],
)
def test_fences(fence: Fence, expected: str) -> None:
    assert WORDING.fence(fence) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            Counterfactual(RESULT, "champions", orders=1, amount=Decimal("140.00"), holds_until_recency=12),
            "One more order of 140.00 GBP moves this customer to Champions, for 12 days without another.",
        ),
        (
            Counterfactual(RESULT, "champions", orders=2, amount=Decimal("280.00")),
            "2 more orders of 140.00 GBP each move this customer to Champions.",
        ),
        (
            Counterfactual(RESULT, "champions", amount=Decimal("1140.01"), holds_until_recency=1),
            "1,140.01 GBP more moves this customer to Champions, for 1 day without an order.",
        ),
        (
            Counterfactual(RESULT, "champions", orders=1, amount=Decimal(0), holds_until_recency=0),
            "One more order of 0.00 GBP moves this customer to Champions, for that day only.",
        ),
        (
            Counterfactual(RESULT, "hibernating", days=12),
            "Without an order this customer moves to Hibernating in 12 days.",
        ),
    ],
)
def test_changes(change: Counterfactual, expected: str) -> None:
    assert WORDING.change(change) == expected


def test_the_name_of_a_cluster() -> None:
    found = explained(NEAR, scorer=named("super-frequent-active", [20, 6, 200]))
    assert found.naming is not None
    assert WORDING.naming(found, found.naming) == (
        "Cluster 0 (medians): 6 orders, 200.00 GBP and a last order 20 days ago. Compared with all customers: 3x the "
        "median number of orders, 1.333x the median spending, median recency 25 days. Row of the segment table for "
        "Super Frequent Active: monetary above 1x up to 2x, frequency above 2x, recent."
    )


def test_a_value_is_not_comparable_with_a_median_of_zero() -> None:
    found = explained(NEAR, scorer=named("super-frequent-active", [20, 6, 200]))
    assert found.naming is not None
    of_zero = replace(found.naming, multiples=(1.0, 3.0, None))
    assert ", not comparable with the median spending, " in WORDING.naming(found, of_zero)


def test_orders_and_money_to_the_same_segment_are_one_sentence() -> None:
    assert summary(CustomerFeatures(10, 2, Decimal("140.00"))).endswith(
        "One more order of 70.00 GBP moves this customer to Growing Value - Active & Engaged, for 24 days without "
        "another. 10.01 GBP more moves this customer to Growing Value - Developing, for 14 days without an order. "
        "Without an order this customer moves to Base Value - Inactive in 15 days."
    )
    assert (
        "One more order of 35.00 GBP (for 24 days without another), or 10.01 GBP more (for 14 days without an order), "
        "moves this customer to Growing Value - Active & Engaged."
    ) in summary(CustomerFeatures(10, 4, Decimal("140.00")))


def test_without_a_change_by_orders_or_spending_the_summary_states_it() -> None:
    best = CustomerFeatures(10, 4, Decimal("900.00"))
    assert "Neither up to 100 more orders nor more spending alone leads to another segment." in summary(best)


def test_a_changed_segment_table_is_mentioned() -> None:
    found = explained(NEAR, "rules", slug="base-value-inactive")
    assert RULES.summary(found).endswith("the next training run updates it.")


def summary(customer: CustomerFeatures) -> str:
    return RULES.summary(explain(CounterfactualSearch(SCORER, TABLE, "rules"), customer))


@given(scorers(), customers, st.sampled_from(["kmeans", "rules"]))
def test_any_explanation_has_complete_sentences(scorer: Scorer, customer: CustomerFeatures, scheme: str) -> None:
    found, say = explained(customer, scheme, scorer), Wording(NAMES, scheme, "EUR")
    expected = [say.summary(found), *map(say.change, found.counterfactuals), *map(say.fence, found.fences)]
    assert all(text.endswith(".") and "None" not in text and "  " not in text for text in expected)


@pytest.mark.parametrize(
    ("slug", "medians", "sentence"),
    [
        ("super-frequent-active", [20, 4, 200], "The name is kept, because the medians are within 10 % of the bounds"),
        ("occasional-buyers", [20, 1, 100], "It replaces New Customers, because the median first sale of the"),
    ],
)
def test_a_name_that_is_not_that_of_the_medians_has_its_reason(slug: str, medians: list[float], sentence: str) -> None:
    names = {**NAMES, ("kmeans", "occasional-buyers"): "Occasional Buyers"}
    found = explained(NEAR, scorer=named(slug, medians))
    assert found.naming is not None
    assert sentence in replace(WORDING, names=names).naming(found, found.naming)
