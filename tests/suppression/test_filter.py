"""Suppression list: files, corrections and replays do not restore an erased customer."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from app.errors import Misconfigured
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.replay import QuarantineFilter, replay
from app.pipeline.retrain import retrain
from app.suppression import filter as suppression_filter
from tests.conftest import HEADER
from tests.erasure.erasing import erased, measured_again, mentions, totals, with_key
from tests.loading import FROM_SCRATCH, gold, load, query, sale, states, until, until_somebody_waits
from tests.pipeline.replaying import rejecting_nothing, with_dates

Put = Callable[..., Path]
WHO = "1785000042"
OTHER = "1785000099"
A = (sale(customer=WHO), sale("536366", OTHER))
B = (sale(customer=WHO), sale("536366", OTHER), sale("536367", WHO))
CUSTOMERS = "select customer_id from gold.customer_rfm"


@pytest.fixture
def without(context: Context, put: Put) -> Context:
    """Return a shop with sales of two customers, one of whom was erased."""
    put(*A)
    load(context)
    erased(context, WHO)
    return context


def is_erased(context: Context) -> bool:
    """Return whether gold has the other customer only and nothing but the feed's entry names the erased one."""
    assert gold(context.engine) == query(context.engine, FROM_SCRATCH)
    kinds = query(context.engine, "select kind from segments.customer_change where customer_id = :who", who=WHO)
    is_named = set(mentions(context.engine, WHO)) - {"segments.customer_change"} or set(kinds) - {("erased",)}
    return not is_named and query(context.engine, CUSTOMERS) == [(OTHER,)]


def test_a_duplicate_loaded_in_place_of_the_first_file_does_not_restore_the_customer(
    without: Context, put: Put
) -> None:
    put(*A, day="2026-02-05")
    put(sale("700000", OTHER))
    load(without)
    assert (states(without.engine)[-1], is_erased(without)) == ("loaded", True)


def test_a_correction_does_not_restore_the_customer(without: Context, put: Put) -> None:
    put(*B)
    assert (load(without).rows_loaded, is_erased(without), measured_again(without)) == (3, True, True)


def test_an_earlier_version_does_not_restore_the_customer(context: Context, put: Put) -> None:
    for rows in (A, B):
        put(*rows)
        load(context)
    erased(context, WHO)
    put(*A)
    load(context)
    assert (states(context.engine), is_erased(context)) == (["loaded", "superseded"], True)


def test_an_earlier_version_without_bronze_does_not_restore_the_customer(context: Context, put: Put) -> None:
    test_an_earlier_version_does_not_restore_the_customer(context, put)
    with context.engine.begin() as connection:
        connection.execute(text("delete from bronze.retail_transactions"))
    put(*B)
    load(context)
    assert is_erased(context)


def test_a_replay_does_not_restore_the_customer(context: Context, put: Put) -> None:
    put(*A, sale("536370", WHO, day="3/2/2026"))
    load(context)
    erased(context, WHO)
    assert replay(with_dates(context), Run(uuid4(), "replay"), QuarantineFilter()).rows_loaded == 1
    assert (is_erased(context), measured_again(context)) == (True, True)


def test_a_new_sale_is_loaded_without_the_customer(without: Context, put: Put) -> None:
    put(sale("536380", WHO, day="2026-02-09"), day="2026-02-09")
    load(without)
    sold = query(
        without.engine, "select customer_id, total_price from silver.retail_transactions order by file_id desc"
    )
    assert (str(sold[0]), is_erased(without)) == ("(None, Decimal('15.30'))", True)


@pytest.mark.parametrize("written", [WHO, f"{WHO}.0", f" {WHO} ", f'"{WHO}"'])
def test_the_id_is_recognised_in_every_notation(without: Context, put: Put, written: str) -> None:
    put(sale("536380", written), day="2026-02-09")
    load(without)
    assert is_erased(without)


@pytest.mark.parametrize(
    "row",
    [
        f"536380,85123A,{WHO},France",
        f'536380,85123A,"{WHO}',
        f"536380;85123A;{WHO}.0;France",
        f"536380,85123A, {WHO} ,France",
        f"536380,85123A,\0,{WHO}",
    ],
)
def test_a_line_that_cannot_be_split_is_redacted(without: Context, put: Put, row: str) -> None:
    put(row, day="2026-02-09")
    load(rejecting_nothing(without))
    raw = query(without.engine, "select raw from silver.quarantine")
    assert (raw, is_erased(without)) == ([("[erased]",)], True)


def test_a_line_of_another_customer_is_unchanged(without: Context, put: Put) -> None:
    put(row := f"536380,85123A,{WHO}1,France", day="2026-02-09")
    load(rejecting_nothing(without))
    assert query(without.engine, "select raw from silver.quarantine") == [(row,)]


def test_extra_columns_are_cleared(without: Context, put: Put) -> None:
    rows = [f"{sale('536380', WHO)},till 1,Mr X", f"{sale('536381', OTHER)},till 2,{WHO}"]
    put(content="\n".join([f"{HEADER},Till,Buyer", *rows, ""]).encode(), day="2026-02-09")
    load(without)
    rescued = query(
        without.engine, "select rescued_data from bronze.retail_transactions where file_id = 2 order by line_no"
    )
    assert rescued == [({"Till": "", "Buyer": ""},), ({"Till": "till 2", "Buyer": ""},)]


def test_the_error_of_a_rejected_file_is_redacted(without: Context, put: Put) -> None:
    put(content=f"{A[0]}\n".encode(), day="2026-02-09")
    load(without)
    assert (states(without.engine), mentions(without.engine, WHO)) == (["loaded", "rejected"], [])


def test_every_row_of_a_redelivery_is_counted(without: Context, put: Put) -> None:
    before = totals(without.engine)
    put(*A, "", day="2026-02-09")
    load(without)
    assert totals(without.engine) == before * 2


@pytest.mark.parametrize("secret", [None, "another key " * 4])
def test_without_the_key_no_file_is_loaded(without: Context, put: Put, secret: str | None) -> None:
    put(sale("536380", WHO), day="2026-02-09")
    with pytest.raises(Misconfigured, match="set REGULARS_ERASURE_KEY to the key of these erasures"):
        load(with_key(without, secret))
    assert is_erased(without)


def test_before_the_first_erasure_files_are_loaded_without_a_key(context: Context, put: Put) -> None:
    put(*A)
    assert load(with_key(context, None)).rows_loaded == 2


def test_before_the_first_erasure_no_id_is_hashed(context: Context, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suppression_filter.SuppressionFilter, "_is_erased", None)
    put(*A)
    assert load(context).rows_loaded == 2


@contextmanager
def halted(engine: Engine, table: str) -> Iterator[Any]:
    """Lock a table; yield the function that unlocks it."""
    with engine.connect() as connection:
        connection.execute(text(f"lock table {table} in access exclusive mode"))
        yield connection.rollback


@pytest.mark.parametrize("table", ["bronze.retail_transactions", "silver.retail_transactions", "gold.customer_invoice"])
def test_a_load_under_way_does_not_restore_the_customer(context: Context, put: Put, table: str) -> None:
    put(*A)
    load(context)
    put(*A, sale("536368", WHO), day="2026-02-02")
    with ThreadPoolExecutor(2) as pool, halted(context.engine, table) as unlock:
        loading = pool.submit(load, context)
        until_somebody_waits(context.engine)
        erasing = pool.submit(erased, context, WHO)
        until_waiting(context.engine, 2)
        unlock()
        assert (loading.result(60).rows_loaded, erasing.result(60)["removed"] != []) == (3, True)
    assert (is_erased(context), measured_again(context)) == (True, True)


def test_a_load_that_waits_for_an_erasure_does_not_restore_the_customer(context: Context, put: Put) -> None:
    put(*A)
    load(context)
    put(*A, sale("536368", WHO), day="2026-02-02")
    with ThreadPoolExecutor(2) as pool, halted(context.engine, "gold.customer_rfm") as unlock:
        erasing = pool.submit(erased, context, WHO)
        until_waiting(context.engine, 1)
        loading = pool.submit(load, context)
        until_waiting(context.engine, 2)
        unlock()
        assert (erasing.result(60)["removed"] != [], loading.result(60).rows_loaded) == (True, 3)
    assert is_erased(context)


def test_a_training_under_way_does_not_restore_the_customer(context: Context, put: Put) -> None:
    put(*A)
    load(context)
    today = context.settings.today
    with ThreadPoolExecutor(2) as pool, halted(context.engine, "segments.customer_change") as unlock:
        training = pool.submit(retrain, context, Run(uuid4(), "retrain"), today)
        until_waiting(context.engine, 1)
        erasing = pool.submit(erased, context, WHO)
        until_waiting(context.engine, 2)
        unlock()
        assert (training.result(60).customers, erasing.result(60)["removed"] != []) == (2, True)
    assert is_erased(context)


def test_concurrent_erasures_return_one_certificate(context: Context, put: Put) -> None:
    put(*A)
    load(context)
    with ThreadPoolExecutor(2) as pool:
        first, second = (pool.submit(erased, context, WHO) for _ in range(2))
        assert first.result(60) == second.result(60)


def until_waiting(engine: Engine, number: int) -> None:
    """Wait until this number of transactions waits for locks."""
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    until(lambda: query(engine, waiting)[0][0] >= number)
