"""Stored shares of customers who earn the name of their segment, and profiles of clusters."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine

from app.jobs.context import Context
from app.segments.assign import assign
from app.segments.model.features import FEATURES
from app.segments.model.profile_line import TIMES
from app.segments.model.segment_table.table import SegmentTable
from app.segments.stale_summaries import mark_stale, recompute
from app.segments.summaries import SHARE_DIGITS
from tests.conftest import NOW
from tests.loading import change, query
from tests.segments.shop import AS_OF, SHOP, customer, stock, train

TABLE = SegmentTable.load()
STATES = """
    select s.kmeans, s.cluster, greatest(s.as_of, c.as_of) - s.last_invoice_date, s.frequency, s.monetary
    from segments.customer_segment as s cross join segments.current_run as c
"""
SHARES = """
    select slug, earned_share from segments.segment_summary natural join segments.current_run
    where scheme = 'kmeans' and customers > 0 order by slug
"""


@pytest.fixture
def shop(engine: Engine, context: Context) -> Engine:
    """A trained shop."""
    stock(engine, *SHOP, *(customer(f"odd {n}", 80, 9, 900) for n in range(3)))
    train(context)
    return engine


def expected(engine: Engine) -> Iterator[tuple[str, float]]:
    """Slug and share of each segment, one customer at a time; the first sale of each was the last."""
    ((medians,),) = query(engine, "select medians from segments.model order by trained_at limit 1")
    states, overall = query(engine, STATES), [medians[feature] for feature in FEATURES]
    for slug in sorted({state[0] for state in states}):
        members = [state for state in states if state[0] == slug]
        names = [TABLE.name_cluster(each[1], [*map(float, each[2:])], overall, each[2]).slug for each in members]
        yield slug, round(names.count(slug) / len(names), SHARE_DIGITS)


def test_a_training_stores_the_share_who_earn_each_name(shop: Engine) -> None:
    shares = query(shop, SHARES)
    assert shares == list(expected(shop))
    assert any(share < 1 for _, share in shares)


def test_an_assignment_updates_the_shares(shop: Engine) -> None:
    before = query(shop, SHARES)
    stock(shop, *(customer(f"often {n:02}", 80, 1, 10 + n) for n in range(9)))
    with shop.begin() as connection:
        assign(connection, AS_OF, TABLE, NOW)
    assert query(shop, SHARES) == list(expected(shop)) != before


def test_a_segment_without_customers_has_no_share(shop: Engine) -> None:
    assert query(shop, "select distinct earned_share from segments.segment_summary where customers = 0") == [(None,)]


def test_every_customer_earns_a_name_by_rules(shop: Engine) -> None:
    shares = "select distinct earned_share from segments.segment_summary where scheme = 'rules' and customers > 0"
    assert query(shop, shares) == [(1.0,)]


def test_stale_summaries_have_new_shares(shop: Engine, context: Context) -> None:
    train(context, AS_OF + timedelta(days=1))
    change(shop, "update segments.segment_summary set earned_share = .5")
    with shop.begin() as connection:
        mark_stale(connection, "often 00")
        recompute(connection, UUID(int=0), TABLE)
    recomputed = """
        select count(*) from segments.segment_summary where run_id = '00000000-0000-0000-0000-000000000000'
        and scheme = 'kmeans' and earned_share is distinct from .5
    """
    assert query(shop, recomputed) == [(1,)]


def test_each_cluster_has_a_profile_unlike_the_others(shop: Engine) -> None:
    lines = [line for (line,) in query(shop, "select profile from segments.cluster_summary")]
    assert len(set(lines)) == len(lines)
    assert all(TIMES in line and "last bought" in line for line in lines)


def test_an_emptied_cluster_has_no_profile(shop: Engine) -> None:
    change(shop, "delete from gold.customer_rfm where monetary > 90000 or left(customer_id, 3) = 'odd'")
    with shop.begin() as connection:
        assign(connection, AS_OF, TABLE, NOW)
    empty = "select distinct profile from segments.cluster_summary where customers = 0"
    assert query(shop, empty) == [(None,)]
