"""Split of a historical export: true dates or new ones, formats, what stays as it is."""

import gzip
import tracemalloc
from datetime import date
from pathlib import Path

import pytest

from app.errors import Misconfigured
from app.prepare.daily_files import DaySummary
from app.prepare.history.split import Split
from tests.prepare.history.exports import (
    CSV,
    DAY_1,
    DAY_2,
    FIRST,
    START,
    contents,
    declared,
    first_day,
    invoices,
    online_retail,
    small,
    split,
    text_file,
    workbook,
)


def test_trading_days_follow_each_other_from_the_start(tmp_path: Path) -> None:
    split(online_retail(tmp_path), tmp_path / "out", start=START)
    days = ["2025-06-26", "2025-06-27", "2025-06-28"]
    assert list(contents(tmp_path / "out")) == [f"{day}/{day}_transactions.csv" for day in days]


def test_without_a_start_the_true_dates_stay(tmp_path: Path) -> None:
    made = split(online_retail(tmp_path), tmp_path / "out")
    days = ["2009-12-01", "2009-12-03", "2010-12-01"]
    assert list(contents(tmp_path / "out")) == [f"{day}/{day}_transactions.csv" for day in days]
    assert (made.first, made.last) == (date(2009, 12, 1), date(2010, 12, 1))


def test_without_a_start_rows_have_their_true_date(tmp_path: Path) -> None:
    split(online_retail(tmp_path), tmp_path / "out")
    assert first_day(tmp_path / "out") == DAY_1.replace("2025-06-26", "2009-12-01")


GERMAN = declared(";", ",", "cp1252", "%d.%m.%Y %H:%M")
GERMAN_TEXT = "Invoice;StockCode;Description;Quantity;Price;CustomerID;InvoiceDate\n7;A;Öl, 1,5 l;2;1234,50;;%s\n"
ENGLISH_TEXT = 'Invoice,StockCode,Description,Quantity,Price,CustomerID,InvoiceDate\n7,A,"Öl, 1,5 l",2,1234.50,,%s\n'


def test_a_declared_format_is_converted_to_the_default_one(tmp_path: Path) -> None:
    split(text_file(tmp_path, GERMAN_TEXT % "1.12.2010 8:26", "cp1252"), tmp_path / "out", reads=GERMAN)
    assert first_day(tmp_path / "out") == ENGLISH_TEXT % "2010-12-01"


def test_daily_files_are_written_in_the_format_of_the_loader(tmp_path: Path) -> None:
    export = text_file(tmp_path, ENGLISH_TEXT % "2010-12-01 08:26:30")
    split(export, tmp_path / "out", writes=GERMAN)
    written = next((tmp_path / "out").rglob("*.csv")).read_bytes().decode("cp1252")
    assert written == GERMAN_TEXT % "01.12.2010 08:26"


def test_an_export_in_the_format_of_the_loader_stays_as_it_is(tmp_path: Path) -> None:
    text = GERMAN_TEXT % "01.12.2010 08:26"
    split(text_file(tmp_path, text, "cp1252"), tmp_path / "out", reads=GERMAN, writes=GERMAN)
    assert next((tmp_path / "out").rglob("*.csv")).read_bytes() == text.encode("cp1252")


def test_numbers_of_a_workbook_get_the_decimal_mark_of_the_loader(tmp_path: Path) -> None:
    split(online_retail(tmp_path), tmp_path / "out", writes=declared(";", ","))
    assert (
        first_day(tmp_path / "out").splitlines()[1]
        == "489434;85048;GLASS BALLS;12;2009-12-01;6,95;13085.0;United Kingdom"
    )


def test_new_dates_keep_the_time_of_day_if_the_format_has_one(tmp_path: Path) -> None:
    export = text_file(tmp_path, small("2010-12-01 08:26"))
    split(export, tmp_path / "out", start=START, writes=declared(dates="%Y-%m-%d %H:%M"))
    assert first_day(tmp_path / "out").splitlines()[1] == "1,2025-06-26 08:26,A,1,2.5,7"


def test_one_byte_order_mark_at_the_beginning_of_a_utf_16_file(tmp_path: Path) -> None:
    split(text_file(tmp_path, small("2010-01-01")), tmp_path / "out", writes=declared(encoding="utf-16"))
    written = next((tmp_path / "out").rglob("*.csv")).read_bytes()
    assert written == small("2010-01-01").encode("utf-16")


def test_a_character_that_the_encoding_lacks_is_refused(tmp_path: Path) -> None:
    export = text_file(tmp_path, small("2010-01-01").replace("A", "Ω"))
    with pytest.raises(
        Misconfigured, match="'Ω' cannot be written in cp1252, the `encoding` of the server in the contract"
    ):
        split(export, tmp_path / "out", writes=declared(encoding="cp1252"))


def test_a_day_is_written_as_pandas_would_write_it(tmp_path: Path) -> None:
    split(online_retail(tmp_path), tmp_path / "out", start=START)
    assert first_day(tmp_path / "out") == DAY_1


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
    """The first two cells of the rows of a workbook's only day."""
    header = ["Invoice", "Amount", "InvoiceDate", "StockCode", "Quantity", "Price", "CustomerID"]
    cells = [header, *([*row, FIRST, "A", 1, 1, 1] for row in rows)]
    split(workbook(folder / "one.xlsx", {"Sales": cells}), folder / "out", start=START)
    return [line.split(",2025-06-26")[0] for line in first_day(folder / "out").split()[1:]]


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
    header = ["InvoiceDate", "Invoice", "StockCode", "Quantity", "Price", "Customer ID"]
    rows: list[list[object]] = [[FIRST, 1, "A", 1, 2.5, 13085], [FIRST, 1, "A", 1, 2.5]]
    split(workbook(tmp_path / "one.xlsx", {"Sales": [header, *rows]}), tmp_path / "out", start=START)
    assert first_day(tmp_path / "out").endswith("2.5,13085.0\n2025-06-26,1,A,1,2.5,\n")


def test_an_export_in_no_order_gives_days_in_order(tmp_path: Path) -> None:
    split(text_file(tmp_path, small("2010-05-02", "2009-01-01", "2010-05-02")), tmp_path / "out", start=START)
    assert invoices(tmp_path / "out") == [["2"], ["1", "3"]]


def test_rows_beyond_memory_keep_their_order(tmp_path: Path) -> None:
    dates = [f"2010-01-{1 + number % 10:02}" for number in range(100)]
    split(text_file(tmp_path, small(*dates)), tmp_path / "out", held_rows=7)
    assert invoices(tmp_path / "out") == [[f"{day + 10 * n}" for n in range(10)] for day in range(1, 11)]


REST = "StockCode,Quantity,Price,CustomerID"


def test_line_breaks_in_cells_stay(tmp_path: Path) -> None:
    text = f'Invoice,InvoiceDate,Description,{REST}\r\n1,2010-01-01,"two\r\nlines, ""\rhere""",A,1,2,7\r\n'
    split(text_file(tmp_path, text), tmp_path / "out", start=START)
    assert first_day(tmp_path / "out").split("\n", 1)[1] == '1,2025-06-26,"two\r\nlines, ""\rhere""",A,1,2,7\n'


def test_cells_of_csv_stay_as_they_are(tmp_path: Path) -> None:
    text = f"Invoice,InvoiceDate,{REST}\n 007,2010-01-01,=cmd|'/c'!A0,1e3,6.50 ,7.0\n"
    split(text_file(tmp_path, text), tmp_path / "out", start=START)
    assert first_day(tmp_path / "out").splitlines()[1:] == [" 007,2025-06-26,=cmd|'/c'!A0,1e3,6.50 ,7.0"]


def test_rows_of_another_length_stay_as_they_are(tmp_path: Path) -> None:
    text = f"Invoice,InvoiceDate,{REST}\n1,2010-01-01\n2,2010-01-01,3,4,5,6,7,8\n"
    split(text_file(tmp_path, text), tmp_path / "out", start=START)
    assert first_day(tmp_path / "out").endswith("1,2025-06-26\n2,2025-06-26,3,4,5,6,7,8\n")


def test_blank_rows_are_left_out(tmp_path: Path) -> None:
    split(text_file(tmp_path, small("2010-01-01") + "\n,,\n"), tmp_path / "out", start=START)
    assert invoices(tmp_path / "out") == [["1"]]


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    split(text_file(tmp_path, small("2010-01-01"), "utf-8-sig"), tmp_path / "out", start=START)
    assert first_day(tmp_path / "out").startswith("Invoice,")


def test_a_folder_that_holds_anything_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="not empty"):
        split(online_retail(tmp_path), tmp_path, start=START)
    assert [path.name for path in tmp_path.iterdir()] == ["online_retail_II.xlsx"]


def test_days_are_replaced_when_asked_for(tmp_path: Path) -> None:
    for sold in (["2010-01-01", "2010-01-01"], ["2010-01-01"]):
        split(text_file(tmp_path, small(*sold)), tmp_path / "out", start=START, replace=True)
    assert invoices(tmp_path / "out") == [["1"]]


def test_a_start_too_late_for_all_days_writes_none(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="choose an earlier start"):
        split(online_retail(tmp_path), tmp_path / "out", start=date(9999, 12, 30))
    assert list((tmp_path / "out").iterdir()) == []


def test_progress_is_called_with_each_day_when_it_is_complete(tmp_path: Path) -> None:
    called: list[DaySummary] = []
    split(online_retail(tmp_path), tmp_path / "out", start=START, progress=called.append)
    assert [(one.day.day, one.rows, one.path.stat().st_size) for one in called] == [
        (26, 2, called[0].size), (27, 1, called[1].size), (28, 1, called[2].size)
    ]  # fmt: skip


def test_on_read_is_called_every_ten_thousand_rows(tmp_path: Path) -> None:
    called: list[int] = []
    split(
        text_file(tmp_path, small(*["2010-01-01"] * 25_000)),
        tmp_path / "out",
        start=START,
        on_read=called.append,
    )
    assert called == [10_000, 20_000]


def peak(folder: Path, rows: int) -> int:
    """The most bytes in use while so many rows are split."""
    export = text_file(folder, small(*(f"2010-01-{1 + number % 28:02}" for number in range(rows))))
    tracemalloc.start()
    split(export, folder / f"{rows}", start=START, held_rows=1000)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def test_twice_the_rows_take_no_more_memory(tmp_path: Path) -> None:
    assert peak(tmp_path, 12_000) < 1.1 * peak(tmp_path, 6000)
