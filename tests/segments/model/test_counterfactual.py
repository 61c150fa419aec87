"""Counterfactuals: smallest changes of segment, verified on the model."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.segments.model.counterfactual import MAX_DAYS, MAX_ORDERS, Counterfactual, CounterfactualSearch
from app.segments.model.customer import MAX_CENTS, MAX_RECENCY, CustomerFeatures
from app.segments.model.scoring import Scorer
from tests.segments.models import TABLE, customers, money, one_less, scorers

SCHEMES = st.sampled_from(["kmeans", "rules"])
SCORER = Scorer.from_row(
    {
        "fences": {"monetary": [-100.0, 1000.0], "frequency": [-2.0, 10.0]},
        "scaler": {"mean": [30.0, 3.0, 200.0], "scale": [10.0, 1.0, 100.0]},
        "centroids": [[10.0, 4.0, 300.0], [50.0, 4.0, 300.0], [10.0, 4.0, 100.0]],
        "medians": {"recency": 25.0, "frequency": 2.0, "monetary": 150.0},
        "segment_of_cluster": {"0": "champions", "1": "hibernating", "2": "new-customers", "-1": "big-spenders"},
        "cluster_medians": {},
    }
)


def found(customer: CustomerFeatures, scheme: str = "kmeans", scorer: Scorer = SCORER) -> list[Counterfactual]:
    return CounterfactualSearch(scorer, TABLE, scheme).find(customer)


def of(kind: str, many: list[Counterfactual]) -> list[Counterfactual]:
    return [each for each in many if getattr(each, kind) and (kind == "orders" or not each.orders)]


def slug(customer: CustomerFeatures, scheme: str, scorer: Scorer) -> str:
    return str(scorer.slugs_of_customers([customer.rfm], TABLE, scheme)[0])


# --- examples computed by hand


def test_the_least_amount_is_found_to_the_cent() -> None:
    first, second = of("amount", found(CustomerFeatures(10, 4, Decimal("150.00"))))
    assert (first.slug, first.amount, first.result.monetary) == ("champions", Decimal("50.00"), Decimal("200.00"))
    assert (second.slug, second.amount) == ("big-spenders", Decimal("850.01"))


def test_days_are_counted_to_the_first_other_segment() -> None:
    (lost,) = of("days", found(CustomerFeatures(12, 4, Decimal(250))))
    assert (lost.slug, lost.days, lost.result.recency) == ("hibernating", 19, 31)


def test_an_order_is_worth_the_mean_of_the_customer_and_is_placed_now() -> None:
    first, *_ = of("orders", found(CustomerFeatures(40, 3, Decimal("250.00"))))
    assert (first.slug, first.orders, first.amount) == ("champions", 1, Decimal("83.33"))
    assert first.result == CustomerFeatures(0, 4, Decimal("333.33"))


@pytest.mark.parametrize("width", [20, 0.03, 0.01])
def test_a_narrow_segment_between_two_others_is_not_overlooked(width: float) -> None:
    """The boundary is near 200.00."""
    aside = 10 + 10 * np.sqrt(1 - width / 100)
    centroids = np.array([[10.0, 4, 100], [aside, 4, 200], [10, 4, 300]])
    names = {**SCORER.segment_of_cluster, 0: "hibernating", 1: "champions", 2: "new-customers"}
    many = found(
        CustomerFeatures(10, 4, Decimal(50)), scorer=replace(SCORER, centroids=centroids, segment_of_cluster=names)
    )
    assert [each.slug for each in of("amount", many)][:2] == ["champions", "new-customers"]


def test_the_last_day_of_the_segment_is_reported() -> None:
    first, *_ = of("orders", found(CustomerFeatures(40, 3, Decimal("250.00"))))
    assert first.holds_until_recency == 30


def test_a_segment_that_time_does_not_change_has_no_last_day() -> None:
    *_, spender = of("amount", found(CustomerFeatures(10, 4, Decimal("150.00"))))
    assert spender.holds_until_recency is None


def test_two_clusters_of_one_name_are_no_change() -> None:
    names = {0: "champions", 1: "champions", 2: "champions", -1: "champions", -2: "champions", -3: "champions"}
    assert found(CustomerFeatures(12, 4, Decimal(250)), scorer=replace(SCORER, segment_of_cluster=names)) == []


def test_rules_use_the_customers_own_numbers() -> None:
    many = found(CustomerFeatures(10, 2, Decimal("100.00")), "rules")
    assert [(each.slug, each.amount) for each in of("amount", many)] == [
        ("growing-value-developing", Decimal("50.01")),
        ("high-value-developing", Decimal("200.01")),
    ]
    assert [(each.slug, each.days) for each in of("days", many)] == [("base-value-inactive", 15)]
    assert [(each.slug, each.orders) for each in of("orders", many)] == [
        ("base-value-active-engaged", 1),
        ("growing-value-active-engaged", 2),
        ("high-value-active-engaged", 5),
    ]


def test_money_brings_a_customer_below_the_lower_fence_inside() -> None:
    scorer = replace(SCORER, fences={"monetary": (50.0, 1000.0), "frequency": (-2.0, 10.0)})
    first = of("amount", found(CustomerFeatures(10, 4, Decimal("49.00")), scorer=scorer))[0]
    assert (first.slug, first.amount) == ("new-customers", Decimal("1.00"))


def test_one_cluster_without_outliers_has_no_other_segment() -> None:
    alone = replace(
        SCORER,
        centroids=SCORER.centroids[:1],
        fences={"monetary": (-1e18, 1e18), "frequency": (-1e18, 1e18)},
        segment_of_cluster={0: "champions"},
    )
    assert found(CustomerFeatures(12, 4, Decimal(250)), scorer=alone) == []


@pytest.mark.parametrize("monetary", ["1000000000000.00", "9999999999999999999999.99"])
def test_amounts_beyond_the_limit_are_not_tried(monetary: str) -> None:
    many = found(CustomerFeatures(10, 4, Decimal(monetary)), "rules")
    assert {each.result.monetary for each in many} <= {Decimal(monetary)}


# --- any model and any customer


@given(scorers(), customers, SCHEMES)
def test_every_change_gives_its_segment(scorer: Scorer, customer: CustomerFeatures, scheme: str) -> None:
    present = slug(customer, scheme, scorer)
    for each in found(customer, scheme, scorer):
        assert slug(each.result, scheme, scorer) == each.slug != present


@given(scorers(), customers, SCHEMES)
def test_a_cent_an_order_or_a_day_less_does_not(scorer: Scorer, customer: CustomerFeatures, scheme: str) -> None:
    for each in found(customer, scheme, scorer):
        assert slug(one_less(customer, each), scheme, scorer) != each.slug


@given(scorers(), customers, SCHEMES)
def test_the_result_is_the_customer_with_the_change(scorer: Scorer, customer: CustomerFeatures, scheme: str) -> None:
    for each in found(customer, scheme, scorer):
        recency = 0 if each.orders else customer.recency + each.days
        changed = CustomerFeatures(recency, customer.frequency + each.orders, customer.monetary + each.amount)
        assert each.result == changed
        assert (each.orders > 0) + (each.days > 0) + (each.amount > 0) >= 1


@given(scorers(), customers, SCHEMES)
def test_the_segment_holds_until_the_reported_day(scorer: Scorer, customer: CustomerFeatures, scheme: str) -> None:
    for each in found(customer, scheme, scorer):
        begin, last = each.result.recency, each.holds_until_recency
        until = min(begin + MAX_DAYS, MAX_RECENCY) if last is None else last
        days = np.arange(begin, max(until, begin) + 1)
        others = np.array([each.result.rfm[1:]] * len(days))
        assert set(scorer.slugs_of_customers(np.column_stack([days, others]), TABLE, scheme)) == {each.slug}
        assert last is None or slug(replace(each.result, recency=last + 1), scheme, scorer) != each.slug


@given(scorers(), customers, SCHEMES)
def test_every_segment_reached_by_orders_or_days_is_found(
    scorer: Scorer, customer: CustomerFeatures, scheme: str
) -> None:
    many = found(customer, scheme, scorer)
    present, mean = slug(customer, scheme, scorer), customer.mean_order
    after = [
        CustomerFeatures(0, customer.frequency + n, customer.monetary + n * mean) for n in range(1, MAX_ORDERS + 1)
    ]
    possible = [one.rfm for one in after if one.monetary * 100 <= MAX_CENTS]
    by_orders = scorer.slugs_of_customers(possible, TABLE, scheme).tolist()
    assert [each.slug for each in of("orders", many)] == list(dict.fromkeys(s for s in by_orders if s != present))


@given(scorers(), customers, SCHEMES, st.lists(money, max_size=50))
def test_no_smaller_amount_leads_to_a_segment(
    scorer: Scorer, customer: CustomerFeatures, scheme: str, amounts: list[Decimal]
) -> None:
    """For random amounts: each leads to the segment beyond the boundary, and no smaller amount does."""
    least = {each.slug: each.amount for each in of("amount", found(customer, scheme, scorer))}
    present = slug(customer, scheme, scorer)
    for amount in amounts:
        more = replace(customer, monetary=customer.monetary + amount)
        reached = slug(more, scheme, scorer)
        assert more.monetary * 100 > MAX_CENTS or reached == present or amount >= least[reached]


def test_every_cent_of_a_small_shop_is_checked() -> None:
    customer = CustomerFeatures(28, 4, Decimal("0.00"))
    cents = [[28.0, 4.0, cent / 100] for cent in range(100_200)]
    slugs = SCORER.slugs_of_customers(cents, TABLE, "kmeans").tolist()
    first = {each: slugs.index(each) for each in dict.fromkeys(slugs)}
    least = {each.slug: int(each.amount * 100) for each in of("amount", found(customer))}
    assert least == {each: cent for each, cent in first.items() if cent}
