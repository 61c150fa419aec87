"""Retraining: from gold to a published run, in one transaction."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from joblib import cpu_count
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from threadpoolctl import threadpool_info, threadpool_limits

from app.errors import DatabaseUnavailable, LeaseLost, NoCustomers
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.retrain import TrainingResult, needs_first_training, retrain
from app.segments.model.segment_table.table import SegmentTable
from tests.conftest import NOW
from tests.erasure.erasing import erased, with_key
from tests.loading import change, everything, load, query, sale, until_somebody_waits
from tests.segments.shop import AS_OF, SHOP, customer, segments, stock, train

FUNCTION = "create function f() returns trigger language plpgsql as $$ begin {body}; return new; end $$"
TRIGGER = "create trigger t before insert on segments.{table} for each row execute function f()"
SUMS = """select sum(customers), sum(revenue) from segments.segment_summary
    where scheme = :scheme and run_id = (select run_id from segments.current_run)"""


@pytest.fixture
def shop(engine: Engine) -> Engine:
    stock(engine, *SHOP)
    return engine


# --- published run


def test_a_training_is_published_under_the_id_of_its_run(shop: Engine, context: Context) -> None:
    run_id = train(context)
    assert query(shop, "select run_id, as_of, published_at from segments.current_run") == [(run_id, AS_OF, NOW)]


def test_a_publication_analyzes_its_tables(shop: Engine, context: Context) -> None:
    train(context)
    known = "select most_common_vals::text from pg_stats where tablename = 'customer_segment' and attname = 'country'"
    assert query(shop, known) == [("{France}",)]


def test_a_training_leaves_half_of_the_cores_to_others(shop: Engine, context: Context) -> None:
    threads: list[int] = []

    def look() -> bool:
        threads.extend(pool["num_threads"] for pool in threadpool_info())
        return False

    with threadpool_limits(2 * cpu_count()):
        retrain(context, Run(uuid4(), "retrain", is_stopping=look), AS_OF)
    assert min(threads) <= max(1, cpu_count() // 2)


def test_every_customer_gets_a_segment_of_both_schemes(shop: Engine, context: Context) -> None:
    train(context)
    table = SegmentTable.load()
    found = segments(shop)
    assert found.keys() == {row["customer_id"] for row in SHOP}
    assert {row[5] for row in found.values()} <= {segment.slug for segment in table.kmeans}
    assert {row[6] for row in found.values()} <= {segment.slug for segment in table.rules}


def test_features_are_stored_beside_the_segment(shop: Engine, context: Context) -> None:
    train(context)
    assert segments(shop)["seldom 01"][:4] == (AS_OF, 41, 3, Decimal("81.50"))


def test_recency_is_counted_up_to_as_of(shop: Engine, context: Context) -> None:
    train(context, date(2026, 4, 1))
    assert segments(shop)["whale"][:2] == (date(2026, 4, 1), 33)


def test_a_customer_who_spends_far_more_than_others_is_an_outlier(shop: Engine, context: Context) -> None:
    train(context)
    assert {name: row[4] for name, row in segments(shop).items() if row[4] < 0} == {"whale": -1}


@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
def test_segments_count_every_customer_and_all_revenue_once(shop: Engine, context: Context, scheme: str) -> None:
    train(context)
    assert query(shop, SUMS, scheme=scheme) == query(shop, "select count(*), sum(monetary) from gold.customer_rfm")


def test_clusters_count_every_customer_once(shop: Engine, context: Context) -> None:
    train(context)
    assert query(shop, "select sum(customers) from segments.cluster_summary") == [(len(SHOP),)]


def test_a_run_reports_its_result(shop: Engine, context: Context) -> None:
    run = Run(uuid4(), "retrain")
    trained = retrain(context, run, AS_OF)
    assert (trained.customers, run.counts) == (
        len(SHOP),
        {"customers": len(SHOP), "k": trained.k, "outcome": "published"},
    )
    assert set(trained.names.values()) == {row[5] for row in segments(shop).values()}


def test_the_seed_is_that_of_the_settings(shop: Engine, context: Context) -> None:
    train(replace(context, settings=context.settings.model_copy(update={"random_state": 7})))
    assert query(shop, "select seed from segments.model") == [(7,)]


def test_two_training_runs_on_the_same_gold_give_the_same_segments(shop: Engine, context: Context) -> None:
    train(context)
    before = segments(shop)
    train(context)
    assert segments(shop) == before


def test_the_order_of_rows_in_gold_does_not_matter(shop: Engine, context: Context) -> None:
    train(context)
    before = segments(shop)
    stock(shop, *reversed(SHOP))
    train(context)
    assert segments(shop) == before


@pytest.mark.parametrize("customers", [1, 2, 3])
def test_a_shop_of_few_customers_is_segmented(engine: Engine, context: Context, customers: int) -> None:
    stock(engine, *SHOP[:customers])
    train(context)
    assert len(segments(engine)) == customers


def test_identical_customers_are_one_cluster(engine: Engine, context: Context) -> None:
    stock(engine, *(customer(f"{number}", 3, 2, 50) for number in range(10)))
    train(context)
    assert query(engine, "select customers from segments.cluster_summary") == [(10,)]


# --- failures


def test_without_customers_nothing_is_trained(engine: Engine, context: Context) -> None:
    with pytest.raises(NoCustomers, match="load sales first"):
        train(context)
    assert query(engine, "select from segments.current_run") == []


def test_sales_that_do_not_count_are_named_as_the_reason(context: Context, put: Callable[..., Path]) -> None:
    put(sale().replace("85123A", "POST"))
    load(context)
    with pytest.raises(NoCustomers, match=r"no sale counts: stock_code of 1 of 1 rows .15.30. do not meet countsWhen"):
        train(context)


def test_sales_without_any_customer_left_are_not_reported_as_missing(
    context: Context, put: Callable[..., Path]
) -> None:
    put(sale())
    load(context)
    erased(with_key(context))
    with pytest.raises(NoCustomers, match="none of the loaded sales counts for a customer"):
        train(context)


def test_without_customers_the_old_run_stays_current(shop: Engine, context: Context) -> None:
    train(context)
    change(shop, "delete from gold.customer_rfm")
    before = everything(shop)
    with pytest.raises(NoCustomers):
        train(context)
    assert everything(shop) == before


@pytest.mark.parametrize("table", ["model", "artifact", "segment_summary", "customer_segment", "cluster_summary"])
def test_after_a_failure_the_old_run_stays_current(shop: Engine, context: Context, table: str) -> None:
    train(context)
    stock(shop, customer("new", 3, 8, 505))
    before = everything(shop)
    change(shop, FUNCTION.format(body="raise exception 'no'"), TRIGGER.format(table=table))
    with pytest.raises(DBAPIError):
        train(context)
    assert everything(shop) == before


def test_after_a_lost_connection_the_old_run_stays_current(shop: Engine, context: Context) -> None:
    train(context)
    before = everything(shop)
    change(
        shop,
        FUNCTION.format(body="perform pg_terminate_backend(pg_backend_pid())"),
        TRIGGER.format(table="cluster_summary"),
    )
    with pytest.raises(DatabaseUnavailable):
        train(context)
    assert everything(shop) == before


# --- changes during a training


@contextmanager
def training(context: Context, run_id: UUID, halted_at: str) -> Iterator["Future[TrainingResult]"]:
    """Run a training in another thread that halts before its first row of a table, and continues at the end."""
    halt = f"if new.run_id = '{run_id}' then perform pg_advisory_xact_lock(1); end if"
    change(context.engine, FUNCTION.format(body=halt), TRIGGER.format(table=halted_at))
    with ThreadPoolExecutor(1) as pool, context.engine.begin() as connection:
        connection.exec_driver_sql("select pg_advisory_xact_lock(1)")
        trained = pool.submit(retrain, context, Run(run_id, "retrain"), AS_OF)
        until_somebody_waits(context.engine)
        yield trained


def test_readers_see_the_old_run_until_the_commit(shop: Engine, context: Context) -> None:
    old, new = train(context), uuid4()
    with training(context, new, "cluster_summary"):
        assert query(shop, "select run_id from segments.current_run") == [(old,)]
    assert query(shop, "select run_id from segments.current_run") == [(new,)]


def test_sales_during_a_training_are_assigned(shop: Engine, context: Context) -> None:
    with training(context, uuid4(), "model"):
        stock(shop, customer("gone 00", 0, 9, 505), customer("new", 0, 9, 505))
    found = segments(shop)
    assert (found["gone 00"], found["gone 00"][4]) == (found["new"], found["often 05"][4])


def test_a_training_is_discarded_if_another_was_published(shop: Engine, context: Context) -> None:
    train(context)
    with training(context, uuid4(), "model") as older:
        newer = train(context)
    with pytest.raises(LeaseLost, match="another run was published"):
        older.result()
    assert query(shop, "select run_id from segments.current_run") == [(newer,)]


# --- the first training


def test_a_shop_without_customers_needs_no_training(context: Context) -> None:
    assert not needs_first_training(context)


def test_a_shop_with_customers_needs_a_training(shop: Engine, context: Context) -> None:
    assert needs_first_training(context)


def test_a_shop_with_a_current_run_needs_no_first_training(shop: Engine, context: Context) -> None:
    train(context)
    assert not needs_first_training(context)


def test_sales_that_do_not_count_are_not_reported_as_missing(context: Context, put: Callable[..., Path]) -> None:
    put(sale(customer=""))
    load(context)
    with pytest.raises(NoCustomers, match=r"no sale counts: 1 of 1 rows .15.30. have no customer_id"):
        retrain(context, Run(uuid4(), "retrain"), context.settings.today)
