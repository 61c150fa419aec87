"""Rescores beside trainings, and rescores that fail."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from app.gold.lock import lock_gold
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.rescore import rescore_customers
from app.pipeline.retrain import retrain
from app.segments.assign import rescore
from app.segments.model.segment_table.table import SegmentTable
from tests.conftest import NOW
from tests.loading import change, everything, query, until, until_somebody_waits
from tests.segments.shop import AS_OF, SHOP, customer, stock, train

LATER = AS_OF + timedelta(days=60)
WAITING = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
FAILING = (
    "create function f() returns trigger language plpgsql as $$ begin raise exception 'no'; return new; end $$",
    "create trigger t before insert on segments.{table} for each row execute function f()",
)


@pytest.fixture
def shop(engine: Engine, context: Context) -> Engine:
    """Return a shop with a current run, and a customer who has no segment yet."""
    stock(engine, *SHOP)
    train(context)
    stock(engine, customer("new", 3, 8, 505))
    return engine


@pytest.mark.parametrize("table", ["customer_segment", "customer_segment_history", "customer_change", "segment_day"])
def test_a_rescore_that_fails_leaves_everything_as_it_was(shop: Engine, context: Context, table: str) -> None:
    before = everything(shop)
    change(shop, *(statement.format(table=table) for statement in FAILING))
    with pytest.raises(DBAPIError):
        rescore_customers(context, Run(uuid4(), "rescore"), LATER)
    assert everything(shop) == before


def test_a_training_waits_for_a_rescore_and_is_published_after_it(shop: Engine, context: Context) -> None:
    new = uuid4()
    with ThreadPoolExecutor(1) as pool:
        with shop.begin() as connection:
            rescore(connection, LATER, SegmentTable.load(), NOW)
            trained = pool.submit(retrain, context, Run(new, "retrain"), LATER)
            until_somebody_waits(shop)
        trained.result()
    assert query(shop, "select run_id from segments.current_run") == [(new,)]


def test_a_rescore_that_waits_for_a_training_scores_by_its_model(shop: Engine, context: Context) -> None:
    new = uuid4()
    with ThreadPoolExecutor(2) as pool:
        with shop.begin() as connection:
            lock_gold(connection)
            trained = pool.submit(retrain, context, Run(new, "retrain"), LATER)
            until(lambda: query(shop, WAITING) == [(1,)])
            scored = pool.submit(rescore_customers, context, Run(uuid4(), "rescore"), LATER + timedelta(days=1))
            until(lambda: query(shop, WAITING) == [(2,)])
        trained.result()
        scored.result()
    newest = "select run_id, kind, as_of from segments.revision order by revision desc limit 1"
    assert query(shop, newest) == [(new, "rescored", LATER + timedelta(days=1))]
