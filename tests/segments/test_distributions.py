"""Stored distributions and segments by day, compared with the customers' states."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import Engine

from app.jobs.context import Context
from app.segments.assign import assign
from app.segments.model.distribution import measure_distribution
from app.segments.model.segment_table.table import SegmentTable
from app.segments.remove_runs import mark_removed
from app.segments.scheme_columns import GROUPS
from app.segments.summaries import record_day, write_summaries
from tests.conftest import NOW
from tests.loading import change, query
from tests.segments.shop import AS_OF, SHOP, customer, stock, train

TOMORROW = AS_OF + timedelta(days=1)
STATES = """
    select
        s.cluster, s.kmeans, s.rules, s.rfm, s.value,
        greatest(s.as_of, c.as_of) - s.last_invoice_date, s.frequency, s.monetary
    from segments.customer_segment as s cross join segments.current_run as c
"""
STORED = """
    select
        kind, name, feature, minimum, q1, median, q3, maximum, whisker_low, whisker_high, scale, edges, counts, below,
        above
    from segments.distribution order by run_id, kind, name, feature
"""
DAYS = "select as_of, scheme, slug, run_id, customers, revenue from segments.segment_day order by as_of, scheme, slug"
TODAY = """
    select scheme, slug, customers, revenue from segments.segment_summary
    where customers > 0 and run_id = (select run_id from segments.current_run) order by scheme, slug
"""


@pytest.fixture
def shop(engine: Engine, context: Context) -> Engine:
    """A trained shop."""
    stock(engine, *SHOP)
    train(context)
    return engine


def assign_on(engine: Engine, as_of: date) -> None:
    with engine.begin() as connection:
        assign(connection, as_of, SegmentTable.load(), NOW)


def remove_first_run(engine: Engine) -> None:
    change(engine, "delete from segments.revision where revision = (select min(revision) from segments.revision)")
    with engine.begin() as connection:
        mark_removed(connection, NOW)


def expected(engine: Engine) -> Iterator[tuple[Any, ...]]:
    """Kind, name, feature and distribution of every group, from the customers' states."""
    states = query(engine, STATES)
    for place, kind in enumerate(GROUPS):
        for name in sorted({str(state[place]) for state in states} - {"None"}):
            of_group = [state for state in states if str(state[place]) == name]
            for column, feature in enumerate(("recency", "frequency", "monetary"), len(GROUPS)):
                is_money = feature == "monetary"
                values = np.array([float(state[column]) for state in of_group])
                found = measure_distribution(values, steps=100 if is_money else 1, may_be_log=is_money)
                quartiles = (found.minimum, found.q1, found.median, found.q3, found.maximum)
                yield (kind, name, feature, quartiles, found.edges, [found.below, *found.counts, found.above])


def stored(engine: Engine) -> list[tuple[Any, ...]]:
    return [
        (*row[:3], tuple(map(float, row[3:8])), list(map(float, row[11])), [row[13], *row[12], row[14]])
        for row in query(engine, STORED)
    ]


def everything_is_stored(engine: Engine) -> bool:
    return sorted(stored(engine)) == sorted(expected(engine))


def test_a_training_stores_the_distributions_of_every_group(shop: Engine) -> None:
    assert everything_is_stored(shop)


def test_an_assignment_updates_the_distributions(shop: Engine) -> None:
    stock(shop, customer("new", 3, 8, 505), customer("whale", 2, 9, 505), customer("gone 00", 1, 9, 500))
    before = stored(shop)
    assign_on(shop, TOMORROW)
    assert everything_is_stored(shop)
    assert stored(shop) != before


def test_an_emptied_cluster_has_no_distribution(shop: Engine) -> None:
    change(shop, "delete from gold.customer_rfm where customer_id = 'whale'")
    assign_on(shop, TOMORROW)
    assert everything_is_stored(shop)
    assert query(shop, "select count(*) from segments.distribution where kind = 'cluster' and name = '-1'") == [(0,)]


def test_only_the_given_groups_are_recomputed(shop: Engine) -> None:
    change(shop, "update segments.customer_segment set last_invoice_date = last_invoice_date - 1")
    (run_id,) = query(shop, "select run_id from segments.current_run")[0]
    change(shop, "update segments.distribution set below = -1")
    with shop.begin() as connection:
        write_summaries(connection, run_id, SegmentTable.load(), clusters=[-1], kmeans=[], rules=[], rfm=[], value=[])
    written = query(shop, "select kind, name from segments.distribution where below <> -1")
    assert written == [("cluster", "-1")] * 3


def test_a_removed_run_has_no_distribution(shop: Engine, context: Context) -> None:
    train(context, TOMORROW)
    remove_first_run(shop)
    assert query(shop, "select distinct run_id from segments.distribution") == [(UUID(int=1),)]


def test_a_publication_records_the_segments_of_its_day(shop: Engine) -> None:
    assert [row[1:3] + row[4:] for row in query(shop, DAYS)] == query(shop, TODAY)
    assert {row[0] for row in query(shop, DAYS)} == {AS_OF}


def test_an_assignment_records_the_segments_of_its_day(shop: Engine) -> None:
    first = query(shop, DAYS)
    stock(shop, customer("new", 3, 8, 505))
    assign_on(shop, TOMORROW)
    days = query(shop, DAYS)
    assert [row for row in days if row[0] == AS_OF] == first
    assert [row[1:3] + row[4:] for row in days if row[0] == TOMORROW] == query(shop, TODAY)


def test_a_later_assignment_replaces_the_segments_of_the_day(shop: Engine) -> None:
    for recency in (1, 200):  # from one segment to another
        stock(shop, customer("whale", recency, 9, 99_000))
        assign_on(shop, TOMORROW)
    days = [row for row in query(shop, DAYS) if row[0] == TOMORROW]
    assert [row[1:3] + row[4:] for row in days] == query(shop, TODAY)


def test_a_second_training_of_a_day_replaces_its_segments(shop: Engine, context: Context) -> None:
    change(shop, "delete from gold.customer_rfm where left(customer_id, 5) = 'often'")
    second = train(context)
    assert {row[3] for row in query(shop, DAYS)} == {second}
    assert [row[1:3] + row[4:] for row in query(shop, DAYS)] == query(shop, TODAY)


def test_an_assignment_of_nobody_records_no_day(shop: Engine) -> None:
    assign_on(shop, TOMORROW)
    assert {row[0] for row in query(shop, DAYS)} == {AS_OF}


def test_the_segments_of_a_day_are_kept_without_the_customers(shop: Engine, context: Context) -> None:
    first = query(shop, DAYS)
    train(context, TOMORROW)
    remove_first_run(shop)
    assert [row for row in query(shop, DAYS) if row[0] == AS_OF] == first


def test_without_a_day_the_newest_one_of_the_run_is_recorded(shop: Engine) -> None:
    stock(shop, customer("new", 3, 8, 505))
    assign_on(shop, TOMORROW)
    change(shop, "update segments.segment_summary set customers = 999 where customers > 0")
    (run_id,) = query(shop, "select run_id from segments.current_run")[0]
    with shop.begin() as connection:
        record_day(connection, run_id)
    assert {(row[0], row[4]) for row in query(shop, DAYS) if row[4] == 999} == {(TOMORROW, 999)}
