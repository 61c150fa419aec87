"""A historical export as daily files: what stays as it is, and what is dated anew."""

import gzip
import tracemalloc
from datetime import date
from pathlib import Path

import pytest

from app.errors import Misconfigured
from app.prepare.daily_files import DaySummary
from app.prepare.history.split import Split, split
from tests.prepare.history.exports import (
    CSV,
    DAY_1,
    DAY_2,
    FIRST,
    START,
    contents,
    invoices,
    online_retail,
    small,
    text_file,
    workbook,
)


def test_trading_days_follow_each_other_from_the_start(tmp_path: Path) -> None:
    split(online_retail(tmp_path), tmp_path / "out", start=START)
    days = ["2025-06-26", "2025-06-27", "2025-06-28"]
    assert list(contents(tmp_path / "out")) == [f"{day}/{day}_transactions.csv" for day in days]


def test_a_day_is_written_as_pandas_would_write_it(tmp_path: Path) -> None:
    split(online_retail(tmp_path), tmp_path / "out", start=START)
    assert next(iter(contents(tmp_path / "out").values())) == DAY_1


def test_missing_cells_are_empty(tmp_path: Path) -> None:
    split(online_retail(tmp_path), tmp_path / "out", start=START)
    assert list(contents(tmp_path / "out").values())[1] == DAY_2


def test_every_sheet_with_sales_is_read(tmp_path: Path) -> None:
    split(online_retail(tmp_path), tmp_path / "out", start=START)
    assert invoices(tmp_path / "out") == [["489434", "489434"], ["C489435"], ["536365"]]


def test_a_csv_file_gives_what_its_workbook_gives(tmp_path: Path) -> None:
    split(online_retail(tmp_path), tmp_path / "xlsx", start=START)
    split(text_file(tmp_path, CSV), tmp_path / "csv", start=START)
    assert contents(tmp_path / "csv") == contents(tmp_path / "xlsx")


def test_a_compressed_file_gives_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "export.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    split(tmp_path / "export.csv.gz", tmp_path / "gz", start=START)
    split(text_file(tmp_path, CSV), tmp_path / "csv", start=START)
    assert contents(tmp_path / "gz") == contents(tmp_path / "csv")


def test_the_summary_counts_days_rows_and_bytes(tmp_path: Path) -> None:
    made = split(online_retail(tmp_path), tmp_path / "out", start=START)
    size = sum(len(text) for text in contents(tmp_path / "out").values())
    assert made == Split(3, 4, size, START, date(2025, 6, 28), skipped=())


def test_nothing_but_the_days_is_left(tmp_path: Path) -> None:
    split(online_retail(tmp_path), tmp_path / "out", start=START)
    assert len(list((tmp_path / "out").iterdir())) == 3


def columns(folder: Path, *rows: list[object]) -> list[str]:
    """The rows of a workbook's only day, header left out."""
    cells = [["Invoice", "Amount", "InvoiceDate"], *([*row, FIRST] for row in rows)]
    split(workbook(folder / "one.xlsx", {"Sales": cells}), folder / "out", start=START)
    return [line.removesuffix(",2025-06-26") for line in next(iter(contents(folder / "out").values())).split()[1:]]


def test_whole_numbers_stay_whole(tmp_path: Path) -> None:
    assert columns(tmp_path, [1, 12], [2, 6.0]) == ["1,12", "2,6"]


def test_a_fraction_makes_decimals_of_a_column(tmp_path: Path) -> None:
    assert columns(tmp_path, [1, 12], [2, 6.5]) == ["1,12.0", "2,6.5"]


def test_a_gap_makes_decimals_of_a_column(tmp_path: Path) -> None:
    assert columns(tmp_path, [1, 12], [2, None]) == ["1,12.0", "2,"]


def test_text_in_a_column_leaves_its_numbers_whole(tmp_path: Path) -> None:
    assert columns(tmp_path, [1, 12], [2, "C7"], [3, None]) == ["1,12", "2,C7", "3,"]


def test_numbers_written_as_text_stay_as_they_are(tmp_path: Path) -> None:
    assert columns(tmp_path, [1, "0012"], [2, "6.50"]) == ["1,0012", "2,6.50"]


def test_a_gap_at_the_end_of_a_row_makes_decimals_too(tmp_path: Path) -> None:
    rows = [["InvoiceDate", "Customer ID"], [FIRST, 13085], [FIRST]]
    split(workbook(tmp_path / "one.xlsx", {"Sales": rows}), tmp_path / "out", start=START)
    assert "2025-06-26,13085.0\n2025-06-26,\n" in next(iter(contents(tmp_path / "out").values()))


def test_an_export_in_no_order_gives_days_in_order(tmp_path: Path) -> None:
    split(text_file(tmp_path, small("2010-05-02", "2009-01-01", "2010-05-02")), tmp_path / "out", start=START)
    assert invoices(tmp_path / "out") == [["2"], ["1", "3"]]


def test_rows_beyond_what_memory_holds_keep_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.prepare.history.external_sort.HELD_ROWS", 7)
    dates = [f"2010-01-{1 + number % 10:02}" for number in range(100)]
    split(text_file(tmp_path, small(*dates)), tmp_path / "out", start=START)
    assert invoices(tmp_path / "out") == [[f"{day + 10 * n}" for n in range(10)] for day in range(1, 11)]


def test_line_breaks_in_cells_stay(tmp_path: Path) -> None:
    text = 'Invoice,InvoiceDate,Description\r\n1,2010-01-01,"two\r\nlines, ""\rhere"""\r\n'
    split(text_file(tmp_path, text), tmp_path / "out", start=START)
    day = next(iter(contents(tmp_path / "out").values()))
    assert day.split("\n", 1)[1] == '1,2025-06-26,"two\r\nlines, ""\rhere"""\n'


def test_cells_of_csv_stay_as_they_are(tmp_path: Path) -> None:
    text = "Invoice,InvoiceDate,Price\n 007,2010-01-01,=cmd|'/c'!A0\n1e3,2010-01-01,6.50 \n"
    split(text_file(tmp_path, text), tmp_path / "out", start=START)
    rows = next(iter(contents(tmp_path / "out").values())).splitlines()[1:]
    assert rows == [" 007,2025-06-26,=cmd|'/c'!A0", "1e3,2025-06-26,6.50 "]


def test_rows_of_another_length_stay_as_they_are(tmp_path: Path) -> None:
    text = "Invoice,InvoiceDate,Price\n1,2010-01-01\n2,2010-01-01,3,4\n"
    split(text_file(tmp_path, text), tmp_path / "out", start=START)
    assert next(iter(contents(tmp_path / "out").values())).endswith("1,2025-06-26\n2,2025-06-26,3,4\n")


def test_blank_rows_are_left_out(tmp_path: Path) -> None:
    split(text_file(tmp_path, small("2010-01-01") + "\n,,\n"), tmp_path / "out", start=START)
    assert invoices(tmp_path / "out") == [["1"]]


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    split(text_file(tmp_path, small("2010-01-01"), "utf-8-sig"), tmp_path / "out", start=START)
    assert next(iter(contents(tmp_path / "out").values())).startswith("Invoice,")


def test_a_folder_that_holds_anything_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="not empty"):
        split(online_retail(tmp_path), tmp_path, start=START)
    assert [path.name for path in tmp_path.iterdir()] == ["online_retail_II.xlsx"]


def test_days_are_replaced_when_asked_for(tmp_path: Path) -> None:
    for sold in (["2010-01-01", "2010-01-01"], ["2010-01-01"]):
        split(text_file(tmp_path, small(*sold)), tmp_path / "out", start=START, replace=True)
    assert invoices(tmp_path / "out") == [["1"]]


def test_a_start_too_late_for_all_days_writes_none(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="start earlier"):
        split(online_retail(tmp_path), tmp_path / "out", start=date(9999, 12, 30))
    assert list((tmp_path / "out").iterdir()) == []


def test_progress_is_told_of_each_day_once_it_is_complete(tmp_path: Path) -> None:
    told: list[DaySummary] = []
    split(online_retail(tmp_path), tmp_path / "out", start=START, progress=told.append)
    assert [(one.day.day, one.rows, one.path.stat().st_size) for one in told] == [
        (26, 2, told[0].size), (27, 1, told[1].size), (28, 1, told[2].size)
    ]  # fmt: skip


def test_reading_is_told_every_ten_thousand_rows(tmp_path: Path) -> None:
    told: list[int] = []
    split(
        text_file(tmp_path, small(*["2010-01-01"] * 25_000)),
        tmp_path / "out",
        start=START,
        reading=told.append,
    )
    assert told == [10_000, 20_000]


def peak(folder: Path, rows: int) -> int:
    """The most bytes in use while so many rows are split."""
    export = text_file(folder, small(*(f"2010-01-{1 + number % 28:02}" for number in range(rows))))
    tracemalloc.start()
    split(export, folder / f"{rows}", start=START)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def test_twice_the_rows_take_no_more_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.prepare.history.external_sort.HELD_ROWS", 1000)
    assert peak(tmp_path, 12_000) < 1.1 * peak(tmp_path, 6000)
