"""Freshness: data_through and warnings after every change."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Thread

import pytest

from app.jobs.context import Context
from app.pipeline.freshness import update_freshness
from app.plurals import counted
from tests.conftest import NOW
from tests.loading import BAD, change, load, query, sale, until_somebody_waits

Put = Callable[..., Path]


def noted(context: Context) -> tuple[date | None, str | None]:
    ((through, warning),) = query(context.engine, "select data_through, warning from pipeline.freshness")
    return through, warning


def with_settings(context: Context, **given: float) -> Context:
    return replace(context, settings=context.settings.model_copy(update=given))


def test_freshness_is_empty_before_the_first_load(context: Context) -> None:
    load(context)
    assert query(context.engine, "select from pipeline.freshness") == []


def test_data_through_is_the_latest_date_in_silver(context: Context, put: Put) -> None:
    put(sale(day="2026-02-03"), sale(day="2026-02-01"), BAD.replace("02-01", "02-28"))
    load(context)
    assert noted(context)[0] == date(2026, 2, 3)


def test_a_date_in_the_future_does_not_make_data_fresh(context: Context, put: Put) -> None:
    put(sale(day="2026-02-03"), sale(day="9999-12-31"))
    load(context)
    assert noted(context) == (date(2026, 2, 3), "1 sale dated after 2026-03-01 (15.30)")


def test_sales_of_today_are_not_in_the_future(context: Context, put: Put) -> None:
    put(sale(day="2026-02-28"), sale(day="2026-03-01"))
    load(context)
    assert noted(context) == (date(2026, 3, 1), None)


def test_data_through_moves_back_when_a_correction_removes_the_latest_date(context: Context, put: Put) -> None:
    for day in ("2026-02-03", "2026-02-02"):
        put(sale(day=day))
        load(context)
    assert noted(context) == (date(2026, 2, 2), None)


def test_data_through_is_null_without_sales(context: Context, put: Put) -> None:
    put(BAD)
    load(context)
    assert noted(context) == (None, "1 file rejected or failed, see /v1/files")


def test_the_time_of_the_update_is_stored(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    assert query(context.engine, "select computed_at from pipeline.freshness") == [(NOW,)]


def test_good_files_give_no_warning(context: Context, put: Put) -> None:
    put(sale())
    put(content=b"", day="2026-02-02")
    load(context)
    assert noted(context)[1] is None


@pytest.mark.parametrize("rejected", [1, 2])
def test_rejected_files_are_counted(context: Context, put: Put, rejected: int) -> None:
    put(sale())
    for day in range(rejected):
        put(*[BAD] * (day + 1), day=f"2026-02-1{day}")
    load(context)
    assert noted(context)[1] == f"{counted(rejected, 'file')} rejected or failed, see /v1/files"


def test_a_failed_file_is_counted(context: Context, put: Put) -> None:
    function = "create function f() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$"
    change(
        context.engine,
        function,
        "create trigger t before insert on bronze.sales_row for each row execute function f()",
    )
    put(sale())
    load(with_settings(context, max_attempts=1))
    assert noted(context)[1] == "1 file rejected or failed, see /v1/files"


@pytest.mark.parametrize(("good", "is_concern"), [(8, True), (9, False), (10, False)])
def test_a_quarantined_share_above_the_setting_is_a_warning(
    context: Context, put: Put, good: int, is_concern: bool
) -> None:
    put(*[sale()] * good, BAD)
    load(with_settings(context, warn_quarantined_share=0.1))
    assert (noted(context)[1] is not None) == is_concern


def test_the_warning_has_the_quarantined_share(context: Context, put: Put) -> None:
    put(*[sale()] * 2, BAD)
    load(context)
    rows, money = (
        "33.3 % of the rows of the newest 1 file are quarantined",
        "33.3 % of the money read is quarantined",
    )
    assert noted(context)[1] == f"{rows}; {money} (valid_quantity: 15.30)"


def test_the_share_is_that_of_the_seven_newest_files(context: Context, put: Put) -> None:
    put(sale(), BAD)
    load(context)
    for day in range(2, 9):
        assert noted(context)[1] is not None
        put(sale(f"{500000 + day}"), day=f"2026-02-0{day}")
        load(context)
    assert noted(context)[1] is None


def test_several_warnings_are_combined(context: Context, put: Put) -> None:
    put(sale(), BAD)
    put(BAD, day="2026-02-02")
    load(context)
    assert noted(context)[1] == (
        "1 file rejected or failed, see /v1/files; 50.0 % of the rows of the newest 1 file are quarantined; "
        "50.0 % of the money read is quarantined (valid_quantity: 15.30)"
    )


def test_a_missing_file_is_measured_as_before(context: Context, put: Put) -> None:
    path = put(sale(), BAD)
    load(context)
    before = noted(context)
    path.unlink()
    load(context)
    assert noted(context) == before


def test_concurrent_updates_of_freshness_are_serialised(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    other = Thread(target=lambda: in_transaction(context))
    with context.engine.begin() as connection:
        update_freshness(connection, context)
        other.start()
        until_somebody_waits(context.engine)
        connection.exec_driver_sql("update quality.file_dates set invoice_date = '2026-02-28'")
    other.join(30)
    assert noted(context)[0] == date(2026, 2, 28)


def in_transaction(context: Context) -> None:
    with context.engine.begin() as connection:
        update_freshness(connection, context)
