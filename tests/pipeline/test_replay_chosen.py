"""Selection of quarantined rows for a replay, and rows and files that cannot be replayed."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from app.errors import InvalidSelection
from app.jobs.context import Context
from app.pipeline.replay import QuarantineFilter
from tests.loading import change, everything, gold, load, query, states
from tests.pipeline.replaying import (
    DAY_1,
    DAY_2,
    IN,
    OUT,
    replayed,
    with_dates,
)

Put = Callable[..., Path]


# --- selected rows


@pytest.mark.parametrize(
    ("chosen", "lines"),
    [
        (QuarantineFilter(file_id=1), [4]),
        (QuarantineFilter(source_file=f"{DAY_2}/{DAY_2}_transactions.csv"), [14]),
        (QuarantineFilter(source_file=f"{DAY_2}_transactions.csv"), [14]),
        (QuarantineFilter(source_file="transactions.csv"), []),
        (QuarantineFilter(source_file="%"), []),
        (QuarantineFilter(expectation="valid_invoice_date"), [4, 14]),
        (QuarantineFilter(expectation="valid_quantity"), []),
        (QuarantineFilter(invoice_date=date(2026, 2, 1)), []),
        (QuarantineFilter(processing_date=date(2026, 3, 1)), [4, 14]),
        (QuarantineFilter(processing_date=date(2026, 2, 28)), []),
        (QuarantineFilter(processing_date=date.max), []),
        (QuarantineFilter(file_ids=(1, 2)), [4, 14]),
        (QuarantineFilter(file_states=("rejected",)), []),
        (QuarantineFilter(file_id=2, expectation="valid_invoice_date"), [14]),
        (QuarantineFilter(status="discarded"), []),
        (QuarantineFilter(status="replayed"), []),
    ],
)
def test_only_selected_rows_are_replayed(loaded: Context, chosen: QuarantineFilter, lines: list[int]) -> None:
    replayed(with_dates(loaded), chosen)
    found = query(
        loaded.engine, "select line_no + 10 * (file_id - 1) from silver.quarantine where status = 'replayed' order by 1"
    )
    assert [line for (line,) in found] == lines


def test_rows_are_selected_by_the_date_of_sale(loaded: Context) -> None:
    assert replayed(loaded, QuarantineFilter(invoice_date=date(2026, 2, 1))).rows == 2


@pytest.mark.parametrize(
    ("at", "rows"), [("2026-02-28 23:59:59Z", 0), ("2026-03-01 00:00:00Z", 4), ("2026-03-02 00:00:00Z", 0)]
)
def test_a_processing_date_is_a_day_in_utc(loaded: Context, at: str, rows: int) -> None:
    with loaded.engine.begin() as connection:
        connection.execute(
            text("update silver.quarantine set quarantined_at = :at"),
            {"at": datetime.fromisoformat(at).astimezone(UTC)},
        )
    assert replayed(loaded, QuarantineFilter(processing_date=date(2026, 3, 1))).rows == rows


def test_an_unknown_file_is_named(context: Context) -> None:
    with pytest.raises(InvalidSelection, match="File 7 not found;"):
        replayed(context, QuarantineFilter(file_id=7))


def test_an_empty_quarantine_replays_nothing(context: Context) -> None:
    assert replayed(context).rows == 0


# --- rows and files that cannot be replayed


def test_rows_without_bronze_are_unchanged(loaded: Context) -> None:
    change(loaded.engine, "delete from bronze.retail_transactions where file_id = 1")
    before = query(loaded.engine, "select * from silver.quarantine where file_id = 1 order by line_no")
    done = replayed(with_dates(loaded))
    assert (done.rows_missing, done.rows) == (2, 2)
    assert query(loaded.engine, "select * from silver.quarantine where file_id = 1 order by line_no") == before


def test_measurements_of_rows_without_bronze_are_kept(loaded: Context) -> None:
    change(loaded.engine, "delete from bronze.retail_transactions")
    before = everything(loaded.engine)
    replayed(with_dates(loaded))
    after = everything(loaded.engine)
    # The files are of another contract now, which is a warning.
    warned = {"quality.data_warning", "pipeline.freshness", "pipeline.freshness_day"}
    assert [table for table in after if after[table] != before[table] and table not in warned] == []


def test_rows_whose_file_left_the_source_are_replayed(loaded: Context, folder: Path) -> None:
    next(folder.rglob(f"{DAY_1}*.csv")).unlink()
    load(loaded)
    assert replayed(with_dates(loaded)).rows_loaded == 2
    assert states(loaded.engine) == ["source_missing", "loaded"]


def test_a_line_that_could_not_be_split_stays_quarantined(context: Context, put: Put) -> None:
    put(IN, IN, "x")
    load(context)
    assert replayed(context).reasons == {"parse": 1}


@pytest.mark.parametrize("state", ["rejected", "failed"])
def test_a_rejected_file_is_read_again_by_the_next_ingest(context: Context, put: Put, state: str) -> None:
    put(OUT)
    load(context)
    change(context.engine, f"update pipeline.source_file set state = '{state}', attempts = 5")  # noqa: S608
    assert replayed(with_dates(context), QuarantineFilter(file_id=1)).files_requeued == 1
    assert query(context.engine, "select state, attempts, error from pipeline.source_file") == [("discovered", 0, None)]
    load(with_dates(context))
    assert [row[0] for row in gold(context.engine)] == ["B"]


def test_a_requeued_rejected_file_is_no_warning(context: Context, put: Put) -> None:
    put(OUT)
    load(context)
    replayed(context, QuarantineFilter(file_id=1))
    assert query(context.engine, "select warning from pipeline.freshness") == [(None,)]


def test_a_requeued_correction_supersedes_the_old_version(context: Context, put: Put) -> None:
    put(IN)
    load(context)
    put(OUT)
    load(context)
    replayed(context, QuarantineFilter(file_id=2))
    load(with_dates(context))
    assert (states(context.engine), [row[0] for row in gold(context.engine)]) == (["superseded", "loaded"], ["B"])


def test_several_rejected_files_are_requeued_by_their_ids(context: Context, put: Put) -> None:
    for day in (DAY_1, DAY_2, "2026-02-03"):
        put(OUT, day, day=day)
    load(context)
    assert replayed(context, QuarantineFilter(file_ids=(1, 3))).files_requeued == 2
    assert states(context.engine) == ["discovered", "rejected", "discovered"]


def test_every_rejected_file_is_requeued_by_its_state(context: Context, put: Put) -> None:
    for day in (DAY_1, DAY_2):
        put(OUT, day, day=day)
    put(IN, day="2026-02-03")
    load(context)
    change(context.engine, "update pipeline.source_file set state = 'failed' where id = 2")
    assert replayed(context, QuarantineFilter(file_states=("rejected",))).files_requeued == 1
    assert states(context.engine) == ["discovered", "failed", "loaded"]


def test_of_several_files_an_unknown_one_is_named_and_none_is_requeued(context: Context, put: Put) -> None:
    put(OUT)
    load(context)
    with pytest.raises(InvalidSelection, match="File 7 not found;"):
        replayed(context, QuarantineFilter(file_ids=(1, 7)))
    assert states(context.engine) == ["rejected"]


def test_a_rejected_file_is_requeued_by_id_or_state_only(context: Context, put: Put) -> None:
    put(OUT)
    load(context)
    assert (replayed(context).files_requeued, states(context.engine)) == (0, ["rejected"])
