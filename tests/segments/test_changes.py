"""Recorded changes, history of replaced states, and revisions of publications."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import Engine

from app.jobs.context import Context
from app.segments.assign import AssignmentResult, assign
from app.segments.changes import causes_of
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import SegmentTable
from tests.conftest import NOW
from tests.loading import change, query
from tests.segments.model.test_scoring import SCORER as NO_FREQUENT_OUTLIERS
from tests.segments.shop import AS_OF, SHOP, customer, states_on, stock, train

TABLE = SegmentTable.load()
TOMORROW = AS_OF + timedelta(days=1)
LATER = AS_OF + timedelta(days=9)


@pytest.fixture
def shop(engine: Engine, context: Context) -> Engine:
    """Return a shop with a current run and no recorded changes."""
    stock(engine, *SHOP)
    train(context)
    change(engine, "truncate segments.customer_change")
    return engine


def assigned(engine: Engine, as_of: date = TOMORROW) -> AssignmentResult:
    with engine.begin() as connection:
        return assign(connection, as_of, TABLE, NOW)


def changes(engine: Engine, columns: str = "customer_id, kind") -> list[tuple[Any, ...]]:
    return query(engine, f"select {columns} from segments.customer_change order by change_id")  # noqa: S608


def history(engine: Engine) -> list[tuple[Any, ...]]:
    """Return (customer_id, as_of, as_of of the revision that ended the state), by id and revision."""
    return query(
        engine,
        """select h.customer_id, h.as_of, u.as_of
        from segments.customer_segment_history as h
        inner join segments.revision as u on u.revision = h.until_revision
        order by h.customer_id, h.revision""",
    )


# --- recorded changes


def test_the_first_training_records_every_customer_by_id(engine: Engine, context: Context) -> None:
    stock(engine, *SHOP)
    train(context)
    assert changes(engine) == [(name, "first") for name in sorted(row["customer_id"] for row in SHOP)]


def test_an_unchanged_segment_is_not_recorded(shop: Engine, context: Context) -> None:
    train(context)
    stock(shop, customer("whale", 1, 9, 99_001))
    assert (assigned(shop).customers, changes(shop)) == (1, [])


def test_a_new_customer_is_recorded_with_both_segments(shop: Engine) -> None:
    stock(shop, customer("new", 3, 8, 505))
    assigned(shop)
    ((kmeans, rules),) = query(shop, "select kmeans, rules from segments.customer_segment where customer_id = 'new'")
    columns = (
        "customer_id, kind, as_of, kmeans_before, kmeans_after, kmeans_cause, rules_before, rules_after, rules_cause"
    )
    assert changes(shop, columns) == [("new", "first", TOMORROW, None, kmeans, "first", None, rules, "first")]


def test_a_move_is_recorded_with_segments_before_and_after(shop: Engine) -> None:
    of_gone = "select cluster, kmeans, rules from segments.customer_segment where customer_id = 'gone 00'"
    (before,) = query(shop, of_gone)
    stock(shop, customer("gone 00", 3, 8, 505))
    assigned(shop)
    (after,) = query(shop, of_gone)
    columns = [f"{name}_{moment}" for moment in ("before", "after") for name in ("cluster", "kmeans", "rules")]
    assert changes(shop, ", ".join(columns)) == [(*before, *after)]


def test_between_training_runs_the_cause_is_the_customer(shop: Engine) -> None:
    stock(shop, customer("gone 00", 3, 8, 505))
    assigned(shop)
    assert changes(shop, "kind, kmeans_cause, rules_cause") == [("moved", "customer", "customer")]


def test_a_customer_without_sales_is_recorded_as_gone(shop: Engine) -> None:
    change(shop, "delete from gold.customer_rfm where customer_id = 'whale'")
    assigned(shop)
    assert changes(shop, "customer_id, kind, kmeans_after, kmeans_cause") == [("whale", "gone", None, "gone")]


def test_a_training_records_customers_without_sales(shop: Engine, context: Context) -> None:
    change(shop, "delete from gold.customer_rfm where customer_id = 'whale'")
    train(context)
    assert ("whale", "gone") in changes(shop)


def test_an_assignment_returns_its_first_change(shop: Engine) -> None:
    stock(shop, customer("new 1", 3, 8, 505), customer("new 2", 3, 8, 505))
    done = assigned(shop)
    assert (done.first_change,) == changes(shop, "change_id")[0]


def test_without_a_change_there_is_no_first_change(shop: Engine) -> None:
    assert assigned(shop).first_change is None


# --- causes


def test_other_medians_move_customers_by_the_model(shop: Engine, context: Context) -> None:
    stock(shop, *(customer(f"rich {n:03}", 1, 20, 5_000) for n in range(200)))
    assigned(shop, AS_OF)
    change(shop, "truncate segments.customer_change")
    train(context)
    assert {cause for name, cause in changes(shop, "customer_id, rules_cause") if name.startswith("often")} == {"model"}


SCORER = Scorer(
    fences={"monetary": (-1e9, 1e9), "frequency": (-1e9, 1e9)},
    mean=np.zeros(3),
    scale=np.ones(3),
    centroids=np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 100.0], [0.0, 0.0, 200.0]]),
    medians=np.ones(3),
    segment_of_cluster={0: "low", 1: "middle", 2: "high"},
)


@pytest.mark.parametrize(
    ("monetary", "before", "after", "cause"),
    [
        (100, "low", "middle", "customer"),
        (100, "middle", "high", "model"),
        (100, "low", "high", "both"),
        (100, "low", "low", None),
    ],
)
def test_the_cause_follows_from_the_old_model(monetary: int, before: str, after: str, cause: str | None) -> None:
    rfm = np.array([[0, 0, monetary]], float)
    assert causes_of(SCORER, TABLE, "kmeans", rfm, [before], [after]) == [cause]


def test_a_customer_without_a_segment_before_is_first() -> None:
    assert causes_of(SCORER, TABLE, "kmeans", np.zeros((1, 3)), [None], ["low"]) == ["first"]


# --- history


def test_a_replaced_state_is_kept_in_the_history(shop: Engine) -> None:
    stock(shop, customer("whale", 1, 9, 99_001))
    assigned(shop)
    assert history(shop) == [("whale", AS_OF, TOMORROW)]


def test_a_state_replaced_on_its_own_day_is_not_kept(shop: Engine) -> None:
    stock(shop, customer("whale", 1, 9, 99_001))
    assigned(shop, AS_OF)
    assert history(shop) == []


def test_the_last_state_of_a_customer_without_sales_is_kept(shop: Engine) -> None:
    change(shop, "delete from gold.customer_rfm where customer_id = 'whale'")
    assigned(shop)
    assert history(shop) == [("whale", AS_OF, TOMORROW)]


def test_states_of_a_customer_are_contiguous(shop: Engine) -> None:
    for day in range(1, 4):
        stock(shop, customer("whale", -day, 9, 99_000 + day))
        assigned(shop, AS_OF + timedelta(days=day))
    days = [AS_OF + timedelta(days=day) for day in range(4)]
    assert history(shop) == [("whale", *pair) for pair in pairwise(days)]


@pytest.mark.parametrize("day", [TOMORROW, LATER])
def test_after_a_clock_was_set_back_a_day_has_the_newest_state(shop: Engine, day: date) -> None:
    for number, each in enumerate((TOMORROW, LATER, TOMORROW)):
        stock(shop, customer("whale", 1, 9, 99_001 + number))
        assigned(shop, each)
    assert [Decimal(99_003) in row for row in states_on(shop, day) if row[0] == "whale"] == [True]


# --- publications


def test_publications_are_revisions_in_order(shop: Engine, context: Context) -> None:
    train(context, LATER)
    found = query(shop, "select run_id, kind, as_of from segments.revision order by revision")
    assert found == [(UUID(int=0), "published", AS_OF), (UUID(int=1), "published", LATER)]


def test_a_cause_does_not_depend_on_other_customers() -> None:
    """The customers' cluster was empty when the old model was trained."""
    often = np.array([[10.0, 20, 900], [90, 30, 20], [200, 40, 10]])
    before, after = ["low"] * 3, ["super-vip-champions"] * 3
    alone = [causes_of(NO_FREQUENT_OUTLIERS, TABLE, "kmeans", row[None], ["low"], after[:1])[0] for row in often]
    assert causes_of(NO_FREQUENT_OUTLIERS, TABLE, "kmeans", often, before, after) == alone
    assert len(set(alone)) == 2
