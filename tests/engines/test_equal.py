"""Both engines give the same rows: bronze, silver, quarantine with reasons, ledger, quality and gold."""

import codecs
import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.conftest import HEADER
from tests.engines.conftest import Twins
from tests.faults.days import text
from tests.faults.test_values import FORMULAS, SQL, row
from tests.loading import BAD, query, sale
from tests.pipeline.declaring import declaring
from tests.pipeline.test_other_sheets import book
from tests.pipeline.test_workbooks import workbooks
from tests.test_public_cases import CASES

Put = Callable[..., Path]
VALUES = {
    "CustomerID": ["13085.0", "0013085", "", " ", "\u00a0", "null", "N/A", "Ä1", "12 34", *FORMULAS, "x" * 3000],
    "Quantity": ["12.0", "1e3", "-6", "+6", "0", "2147483648", "9" * 400, "1,5", "٣", "NaN", "1_000", "six", ""],
    "Price": ["2.555", "0.001", "-1", "1e-3", "Infinity", "$2", "2,50", "1'000", ".5", "5.", "9" * 30, ""],
    "InvoiceDate": [
        "2026-02-30",
        "2024-02-29",
        "02/03/2026",
        "2026-02-02T10:00:00Z",
        "9999-12-31",
        "infinity",
        "",
        "x",
    ],
    "Invoice": ["C1", "c1", "", "A 1", SQL, "\u202e500002", "5" * 2700, "é", "e\u0301"],
    "StockCode": ["85123a", "POST", "", "\x7f", "m"],
    "Country": ["EIRE", "", "Türkiye", "\ufeffFrance"],
    "Description": ['"a ""quoted"" one"', '"two\nlines"', "\\N", "\\.", "a\tb", "\u2028", "😀"],
}
GOOD = (sale("500030", "M"), sale("500031", "N"))
FILES = {
    "empty": b"",
    "header only": text(),
    "windows line ends": text(sale("500001", "A"), sale("500002", "B"), end="\r\n"),
    "byte order mark": codecs.BOM_UTF8 + text(sale("500003", "C")),
    "utf 16": text(sale("500004", "D")).decode().encode("utf-16"),
    "broken header": text(sale("500005", "E"), header="a,b"),
    "ragged": text(sale("500006", "F"), "1,2", sale("500007", "G") + ",more,", ",,,,,,,", *GOOD),
    "unclosed quote": text(sale("500008", "H"), '500009,85123A,"LANTERN,6,2.55,X,France,2026-02-01'),
    "nul": text(sale("500009", "I"), "500010,85123A,LAN\0TERN,6,2.55,X,France,2026-02-01"),
    "most are bad": text(sale("500011", "J"), BAD, BAD, BAD),
    "extra column": text("500012,85123A,L,6,2.55,K,France,2026-02-01,x", header=f"{HEADER},Channel"),
    "not text": bytes(range(256)) * 20,
}


def test_values(twins: Twins, put: Put) -> None:
    put(content=text(*(row(**{column: value}) for column, values in VALUES.items() for value in values)))
    twins.declared(max_quarantined_share=1).load()
    assert twins.are_equal()
    assert query(twins.remote.engine, "select rows_loaded > 30, rows_quarantined > 30 from pipeline.source_file") == [
        (True, True)
    ]


def test_files(twins: Twins, put: Put) -> None:
    for number, (name, content) in enumerate(FILES.items(), 1):
        put(content=content, day=f"2026-02-{number:02}", name=f"{name}.csv")
    put(content=gzip.compress(text(sale("500020", "L"))), day="2026-02-20", name="a.csv.gz")
    put(content=b"\x1f\x8b corrupt", day="2026-02-21", name="b.csv.gz")
    twins.load()
    assert twins.are_equal()
    found = query(twins.remote.engine, "select distinct state from pipeline.source_file order by state")
    assert found == [("empty",), ("loaded",), ("rejected",)]


def test_versions(twins: Twins, put: Put) -> None:
    """A correction, a duplicate, a version that comes back, and a duplicate that inherits the rows."""
    first = text(sale("500001", "A"), BAD)
    for content, day in [
        (first, "2026-02-01"),
        (first, "2026-02-02"),
        (text(sale("500002", "B")), "2026-02-01"),
        (first, "2026-02-01"),
        (text(BAD), "2026-02-02"),
        (text(sale("500003", "C")), "2026-02-02"),
    ]:
        put(content=content, day=day)
        twins.load()
        assert twins.are_equal()
    found = query(twins.remote.engine, "select state from pipeline.source_file order by id")
    assert found == [("loaded",), *[("superseded",)] * 3, ("loaded",)]


def test_a_version_that_comes_back_and_its_duplicate_in_one_wave(twins: Twins, put: Put) -> None:
    for content in (text(sale("500001", "A")), text(sale("500002", "B"))):
        put(content=content)
        twins.load()
    for day in ("2026-02-01", "2026-02-02", "2026-02-03"):
        put(content=text(sale("500001", "A")), day=day)
    twins.load()
    assert twins.are_equal()
    found = query(twins.remote.engine, "select count(*) from pipeline.source_file where state = 'duplicate'")
    assert found == [(2,)]


@pytest.mark.parametrize("folder", ["03-refunds", "04-overlapping-exports", "26-hidden-twins", "28-two-encodings"])
def test_public_cases(twins: Twins, folder: str) -> None:
    if not CASES.is_dir():
        pytest.skip("the public cases are not beside the checkout")
    given = {"source": str(CASES / folder), "as_of": date(2026, 3, 13), "contract": "online-retail"}
    twins = twins.declared(**given)
    twins.load()
    assert twins.are_equal()


def test_a_workbook_with_sheets_that_are_not_read(twins: Twins, folder: Path) -> None:
    (folder / "day.xlsx").write_bytes(book("Feb", "Mar"))
    contract = declaring(twins.local, keys=workbooks()).settings.contract
    twins.declared(contract=contract).load()
    assert twins.are_equal()
