"""How far the data go and what is wrong with them, beside every change."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Thread

import pytest

from app.jobs.context import Context
from app.pipeline.freshness import update_freshness
from tests.conftest import NOW
from tests.loading import BAD, change, load, query, sale, until_somebody_waits

Put = Callable[..., Path]


def noted(context: Context) -> tuple[date | None, str | None]:
    ((through, warning),) = query(context.engine, "select data_through, warning from pipeline.freshness")
    return through, warning


def with_settings(context: Context, **given: float) -> Context:
    return replace(context, settings=context.settings.model_copy(update=given))


def test_nothing_is_noted_before_anything_was_loaded(context: Context) -> None:
    load(context)
    assert query(context.engine, "select from pipeline.freshness") == []


def test_data_go_through_the_latest_date_in_silver(context: Context, put: Put) -> None:
    put(sale(day="2026-02-03"), sale(day="2026-02-01"), BAD.replace("02-01", "02-28"))
    load(context)
    assert noted(context)[0] == date(2026, 2, 3)


def test_a_date_in_the_future_does_not_make_data_fresh(context: Context, put: Put) -> None:
    put(sale(day="2026-02-03"), sale(day="9999-12-31"))
    load(context)
    assert noted(context) == (date(2026, 2, 3), "1 sale(s) dated after 2026-03-01")


def test_data_go_back_when_a_correction_takes_the_latest_date_away(context: Context, put: Put) -> None:
    for day in ("2026-02-03", "2026-02-02"):
        put(sale(day=day))
        load(context)
    assert noted(context) == (date(2026, 2, 2), None)


def test_without_a_sale_the_data_go_nowhere(context: Context, put: Put) -> None:
    put(BAD)
    load(context)
    assert noted(context) == (None, "1 file(s) refused or failed, see /v1/files")


def test_it_is_noted_when(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    assert query(context.engine, "select noted_at from pipeline.freshness") == [(NOW,)]


def test_good_files_are_no_concern(context: Context, put: Put) -> None:
    put(sale())
    put(content=b"", day="2026-02-02")
    load(context)
    assert noted(context)[1] is None


@pytest.mark.parametrize("refused", [1, 2])
def test_refused_files_are_counted(context: Context, put: Put, refused: int) -> None:
    put(sale())
    for day in range(refused):
        put(*[BAD] * (day + 1), day=f"2026-02-1{day}")
    load(context)
    assert noted(context)[1] == f"{refused} file(s) refused or failed, see /v1/files"


def test_a_file_that_was_given_up_is_counted(context: Context, put: Put) -> None:
    function = "create function f() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$"
    change(
        context.engine,
        function,
        "create trigger t before insert on bronze.sales_row for each row execute function f()",
    )
    put(sale())
    load(with_settings(context, max_attempts=1))
    assert noted(context)[1] == "1 file(s) refused or failed, see /v1/files"


@pytest.mark.parametrize(("good", "is_concern"), [(8, True), (9, False), (10, False)])
def test_many_quarantined_rows_are_a_concern_above_the_share_of_the_settings(
    context: Context, put: Put, good: int, is_concern: bool
) -> None:
    put(*[sale()] * good, BAD)
    load(with_settings(context, warn_quarantined_share=0.1))
    assert (noted(context)[1] is not None) == is_concern


def test_the_share_of_quarantined_rows_is_said(context: Context, put: Put) -> None:
    put(*[sale()] * 2, BAD)
    load(context)
    assert noted(context)[1] == "33.3 % of the rows of the newest 1 file(s) are quarantined"


def test_the_share_is_that_of_the_seven_newest_files(context: Context, put: Put) -> None:
    put(sale(), BAD)
    load(context)
    for day in range(2, 9):
        assert noted(context)[1] is not None
        put(sale(f"{500000 + day}"), day=f"2026-02-0{day}")
        load(context)
    assert noted(context)[1] is None


def test_several_concerns_stand_beside_each_other(context: Context, put: Put) -> None:
    put(sale(), BAD)
    put(BAD, day="2026-02-02")
    load(context)
    assert noted(context)[1] == (
        "1 file(s) refused or failed, see /v1/files; 50.0 % of the rows of the newest 1 file(s) are quarantined"
    )


def test_a_missing_file_is_measured_as_before(context: Context, put: Put) -> None:
    path = put(sale(), BAD)
    load(context)
    path.unlink()
    load(context)
    assert noted(context)[1] == "50.0 % of the rows of the newest 1 file(s) are quarantined"


def test_who_notes_waits_for_who_noted_before_and_sees_what_he_did(context: Context, put: Put) -> None:
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
