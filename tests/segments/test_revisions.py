"""Revisions: one for each publication and each later day of its run; only customers who changed are written."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from app.jobs.context import Context
from app.segments.assign import AssignmentResult, assign, rescore
from app.segments.model.segment_table.table import SegmentTable
from tests.conftest import NOW
from tests.loading import change, query
from tests.segments.shop import AS_OF, SHOP, customer, segments, states_on, stock, train

TABLE = SegmentTable.load()
YESTERDAY, TOMORROW = AS_OF - timedelta(days=1), AS_OF + timedelta(days=1)
LATER = AS_OF + timedelta(days=9)
ROWS = "select customer_id, xmin from segments.customer_segment"
REVISIONS = "select kind, as_of, scored_as_of from segments.revision order by revision"


@pytest.fixture
def shop(engine: Engine, context: Context) -> Engine:
    """Return a shop with a current run."""
    stock(engine, *SHOP)
    train(context)
    return engine


def rescored(engine: Engine, as_of: date = TOMORROW) -> AssignmentResult:
    with engine.begin() as connection:
        return rescore(connection, as_of, TABLE, NOW)


def assigned(engine: Engine, as_of: date = TOMORROW) -> AssignmentResult:
    with engine.begin() as connection:
        return assign(connection, as_of, TABLE, NOW)


@pytest.mark.parametrize(
    "happens",
    [lambda context: train(context, TOMORROW), lambda context: rescored(context.engine)],
    ids=["train", "rescore"],
)
def test_a_customer_who_did_not_change_is_not_written(
    shop: Engine, context: Context, happens: Callable[[Context], Any]
) -> None:
    stock(shop, customer("whale", 1, 9, 99_001))
    rows, before = query(shop, ROWS), segments(shop)
    happens(context)
    after = segments(shop)
    written = {row[0] for row in query(shop, ROWS) if row not in rows}
    assert {"whale"} <= written == {name for name in before if before[name][2:] != after[name][2:]} < before.keys()


def test_a_rescore_before_the_first_training_does_nothing(engine: Engine) -> None:
    stock(engine, *SHOP)
    assert (rescored(engine).customers, query(engine, REVISIONS)) == (0, [])


def test_a_rescore_on_a_later_day_adds_one_revision(shop: Engine) -> None:
    rescored(shop)
    assert query(shop, REVISIONS) == [("published", AS_OF, AS_OF), ("rescored", TOMORROW, TOMORROW)]


@pytest.mark.parametrize("happens", [rescored, assigned])
def test_on_the_day_of_the_publication_no_revision_is_added(
    shop: Engine, happens: Callable[[Engine, date], AssignmentResult]
) -> None:
    stock(shop, customer("whale", 1, 9, 99_001))
    happens(shop, AS_OF)
    assert query(shop, REVISIONS) == [("published", AS_OF, AS_OF)]


def test_an_assignment_does_not_change_the_day_for_which_all_were_scored(shop: Engine) -> None:
    stock(shop, customer("whale", 1, 9, 99_001))
    assigned(shop)
    assert query(shop, REVISIONS) == [("published", AS_OF, AS_OF), ("assigned", TOMORROW, AS_OF)]


def test_a_rescore_after_an_assignment_of_the_day_is_its_revision(shop: Engine) -> None:
    stock(shop, customer("whale", 1, 9, 99_001))
    assigned(shop)
    rescored(shop)
    assert query(shop, REVISIONS) == [("published", AS_OF, AS_OF), ("rescored", TOMORROW, TOMORROW)]


def test_a_rescore_changes_the_recency_of_every_customer(shop: Engine) -> None:
    before = segments(shop)
    rescored(shop, LATER)
    assert {name: row[:2] for name, row in segments(shop).items()} == {
        name: (LATER, row[1] + 9) for name, row in before.items()
    }


@pytest.mark.parametrize(
    "happens",
    [lambda context: train(context, YESTERDAY), lambda context: rescored(context.engine, YESTERDAY)],
    ids=["train", "rescore"],
)
def test_after_a_clock_was_set_back_recency_is_that_of_the_earlier_day(
    shop: Engine, context: Context, happens: Callable[[Context], Any]
) -> None:
    before = segments(shop)
    happens(replace(context, clock=lambda: NOW - timedelta(days=1)))
    assert {name: row[:2] for name, row in segments(shop).items()} == {
        name: (YESTERDAY, row[1] - 1) for name, row in before.items()
    }


def test_a_rescore_is_the_state_that_readers_of_the_day_see(shop: Engine) -> None:
    rescored(shop, LATER)
    found = {row[0]: (row[1], row[-1]) for row in states_on(shop, LATER)}
    assert found == {name: row[:2] for name, row in segments(shop).items()}


def test_a_past_day_has_the_recency_of_its_day_after_a_rescore(shop: Engine) -> None:
    stock(shop, customer("gone 00", 0, 9, 505))
    assigned(shop)
    before = {day: states_on(shop, day) for day in (AS_OF, TOMORROW)}
    rescored(shop, LATER)
    assert {day: states_on(shop, day) for day in before} == before
    assert before[AS_OF] != before[TOMORROW]


def test_a_rescore_moves_customers_by_recency(shop: Engine) -> None:
    rescored(shop, AS_OF + timedelta(days=200))
    moved = """select distinct kind, rules_cause from segments.customer_change
        where change_id > :n and kind <> 'first' and rules_cause is not null"""
    assert query(shop, moved, n=len(SHOP)) == [("moved", "customer")]


def test_a_rescore_records_the_segments_of_its_day(shop: Engine) -> None:
    rescored(shop)
    assert query(shop, "select distinct as_of from segments.segment_day order by 1") == [(AS_OF,), (TOMORROW,)]


def test_a_rescore_deletes_customers_who_are_no_longer_segmented(shop: Engine) -> None:
    stock(shop, {**customer("whale", 2, 9, -5), "returned": 99_005})
    rescored(shop)
    assert ("whale" in segments(shop), "whale" in {row[0] for row in states_on(shop, AS_OF)}) == (False, True)


def test_the_states_of_a_superseded_run_are_those_before_the_publication(shop: Engine, context: Context) -> None:
    stock(shop, customer("gone 00", 0, 9, 505), customer("new", 3, 8, 505))
    assigned(shop)
    before = {day: states_on(shop, day) for day in (AS_OF, TOMORROW)}
    stock(shop, *(customer(f"rich {n:03}", 1, 20, 5_000) for n in range(200)))
    train(context, LATER)
    assert {day: states_on(shop, day) for day in before} == before


def test_a_rescore_assigns_customers_who_were_assigned_before_a_scheme(shop: Engine) -> None:
    change(shop, "update segments.customer_segment set rfm = null, rfm_since = null")
    rescored(shop)
    found = """select count(*) filter (where rfm_cause = 'first'), count(kmeans_cause)
        from segments.customer_change where change_id > :n"""
    assert query(shop, found, n=len(SHOP)) == [(len(SHOP), 0)]


def test_scores_move_by_the_customers_own_numbers_between_trainings(shop: Engine) -> None:
    stored = "select rfm_cuts from segments.model"
    before = query(shop, stored)
    rescored(shop, LATER)
    assert query(shop, stored) == before
