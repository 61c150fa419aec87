"""Customers whose returns reach the value of their sales: no training, no segment, and back again."""

from typing import Any

import pytest
from sqlalchemy import Engine

from app.errors import NoCustomers
from app.jobs.context import Context
from app.pipeline.retrain import needs_first_training
from app.segments.assign import assign
from app.segments.model.segment_table.table import SegmentTable
from tests.conftest import NOW
from tests.loading import query
from tests.segments.shop import AS_OF, SHOP, customer, segments, stock, train

LOST = {**customer("whale", 2, 9, -5), "returned": 99_005}
CHANGES = "select kind, kmeans_cause from segments.customer_change where customer_id = 'whale' order by change_id"


@pytest.fixture
def shop(engine: Engine, context: Context) -> Engine:
    """Return a shop with a current run."""
    stock(engine, *SHOP)
    train(context)
    return engine


def sold(engine: Engine, *customers: dict[str, Any]) -> int:
    """Store customers and assign them on the next day; return how many were assigned."""
    stock(engine, *customers)
    with engine.begin() as connection:
        return assign(connection, AS_OF.replace(day=AS_OF.day + 1), SegmentTable.load(), NOW).customers


def test_a_customer_who_returned_everything_is_not_trained_on(engine: Engine, context: Context) -> None:
    stock(engine, *SHOP, LOST)
    train(context)
    assert query(engine, "select customers from segments.model") == [(len(SHOP) - 1,)]
    assert "whale" not in segments(engine)


@pytest.mark.parametrize(
    ("monetary", "returned", "is_segmented"), [(1, 99, True), (0, 99, False), (-5, 99, False), (0, 0, True)]
)
def test_a_segment_needs_money_that_returns_left(
    shop: Engine, monetary: int, returned: int, is_segmented: bool
) -> None:
    sold(shop, {**customer("whale", 2, 9, monetary), "returned": returned})
    assert ("whale" in segments(shop)) is is_segmented


def test_a_customer_who_returns_everything_is_gone_from_the_feed(shop: Engine) -> None:
    sold(shop, LOST)
    assert query(shop, CHANGES) == [("first", "first"), ("gone", "gone")]


def test_a_training_records_a_customer_who_returned_everything_as_gone(shop: Engine, context: Context) -> None:
    stock(shop, LOST)
    train(context)
    assert query(shop, CHANGES) == [("first", "first"), ("gone", "gone")]


def test_the_state_before_the_return_is_in_the_history(shop: Engine) -> None:
    sold(shop, LOST)
    found = query(shop, "select monetary from segments.customer_segment_history where customer_id = 'whale'")
    assert found == [(99_000,)]


def test_a_customer_who_buys_again_is_assigned_again(shop: Engine) -> None:
    sold(shop, LOST)
    assert sold(shop, {**customer("whale", 0, 10, 50), "returned": 99_005}) == 1
    assert query(shop, CHANGES) == [("first", "first"), ("gone", "gone"), ("first", "first")]


def test_a_customer_who_returned_everything_is_written_by_no_assignment(shop: Engine) -> None:
    sold(shop, LOST)
    assert sold(shop) == 0


def test_equal_sales_and_returns_are_written_to_the_state(shop: Engine) -> None:
    assert [sold(shop, {**customer("whale", 2, 9, 99_000), "returned": 7}), sold(shop)] == [1, 0]
    assert query(shop, "select returned from segments.customer_segment where customer_id = 'whale'") == [(7,)]


def test_customers_who_returned_everything_need_no_training(engine: Engine, context: Context) -> None:
    stock(engine, LOST)
    assert not needs_first_training(context)


def test_a_training_on_customers_who_returned_everything_says_so(engine: Engine, context: Context) -> None:
    stock(engine, LOST)
    with pytest.raises(NoCustomers, match="the returns of every customer reach the value of their sales"):
        train(context)
