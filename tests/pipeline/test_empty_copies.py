"""Files with the same bytes that have no rows until the contract changes: their sales count once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import Workbook
from sqlalchemy import Connection

from app.errors import Stopped
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline import apply_contract, ledger
from app.pipeline.empty_copies import become_duplicate
from app.pipeline.preview_contract import preview_contract
from app.source.open import open_sources
from tests.bronze.workbooks import saved
from tests.conftest import HEADER
from tests.loading import FROM_SCRATCH, gold, load, query, states, until_somebody_waits
from tests.pipeline.declaring import applied, declaring
from tests.pipeline.test_workbooks import ROW, workbooks

SALES: dict[str, Any] = {"property": "sheet", "value": "Sales"}
FIRST: dict[str, Any] = {"property": "sheet", "value": "First"}
MONEY = "select cast(sum(monetary) as text) from gold.customer_rfm"


def book(*customers: str) -> bytes:
    """A first sheet without rows, and a sheet with a sale of 15.30 for each customer."""
    made = Workbook()
    made.worksheets[0].title = "First"
    made.worksheets[0].append(HEADER.split(","))
    sheet = made.create_sheet("Sales")
    sheet.append(HEADER.split(","))
    for customer in customers:
        sheet.append([*(ROW | {"Customer ID": customer}).values()])
    return saved(made)


A, B = book("A"), book("B")


def of_sheet(context: Context, sheet: dict[str, Any]) -> Context:
    """The context with a contract that reads one sheet of workbooks."""
    return declaring(context, keys=workbooks(sheet))


def put(folder: Path, content: bytes, *names: str) -> None:
    for name in names:
        (folder / f"{name}.xlsx").write_bytes(content)


def money(context: Context) -> str | None:
    """The money of all customers, after a comparison of gold with silver."""
    assert gold(context.engine) == query(context.engine, FROM_SCRATCH)
    ((found,),) = query(context.engine, MONEY)
    return None if found is None else str(found)


@pytest.fixture
def empty(context: Context, folder: Path) -> Context:
    """Two files with the same bytes, of which the contract reads no rows."""
    put(folder, A, "1", "2")
    load(of_sheet(context, FIRST))
    assert states(context.engine) == ["empty", "empty"]
    return context


@pytest.mark.parametrize("files_per_batch", [1, 32])
def test_sales_of_two_empty_copies_count_once(empty: Context, files_per_batch: int) -> None:
    applied(of_sheet(empty, SALES), files_per_batch=files_per_batch)
    assert (states(empty.engine), money(empty)) == (["loaded", "duplicate"], "15.30")


def test_an_empty_file_is_a_duplicate_of_a_copy_that_was_loaded_since(context: Context, folder: Path) -> None:
    put(folder, A, "2")
    load(of_sheet(context, FIRST))
    put(folder, A, "1", "3")
    load(of_sheet(context, SALES))
    applied(of_sheet(context, SALES))
    assert (states(context.engine), money(context)) == (["loaded", "duplicate", "duplicate"], "15.30")


def test_a_duplicate_of_an_apply_is_not_validated_again(empty: Context) -> None:
    assert [applied(of_sheet(empty, SALES)).files for _ in range(2)] == [2, 0]


def test_a_duplicate_of_an_apply_takes_over_the_rows_of_its_original(empty: Context, folder: Path) -> None:
    changed = of_sheet(empty, SALES)
    applied(changed)
    put(folder, B, "1")
    load(changed)
    assert (states(empty.engine), money(empty)) == (["superseded", "loaded", "loaded"], "30.60")


def test_a_duplicate_of_an_apply_is_read_when_it_is_the_only_copy(empty: Context, folder: Path) -> None:
    changed = of_sheet(empty, SALES)
    applied(changed)
    for name, content in (("2", B), ("1", book("C")), ("2", A)):
        put(folder, content, name)
        load(changed)
    assert [row[0] for row in gold(empty.engine)] == ["A", "C"]
    money(empty)


def test_duplicates_of_an_empty_copy_follow_its_original(context: Context, folder: Path) -> None:
    """The second file has rows and a duplicate under a contract that was not applied to the first one."""
    put(folder, A, "1")
    load(of_sheet(context, FIRST))
    put(folder, A, "2", "3")
    load(of_sheet(context, SALES))
    applied(of_sheet(context, FIRST))
    applied(of_sheet(context, SALES))
    originals = query(context.engine, "select duplicate_of_id from pipeline.source_file order by id")
    assert (states(context.engine), originals) == (["loaded", "duplicate", "duplicate"], [(None,), (1,), (1,)])


def test_a_preview_counts_empty_copies_once(empty: Context) -> None:
    changed = of_sheet(empty, SALES)
    found = preview_contract(changed, open_sources(changed.settings), Run(uuid4(), "apply_contract"))
    assert (str(found.after.money), found.after.rows_loaded, found.applied.rows_loaded) == ("15.30", 1, 1)


def test_a_duplicate_of_an_apply_has_no_rows_and_no_warnings(empty: Context) -> None:
    applied(of_sheet(empty, SALES))
    tables = ["bronze.sales_row", "silver.sales_row", "quality.file_profile", "quality.file_warning"]
    found = [query(empty.engine, f"select from {table} where file_id = 2") for table in tables]
    recorded = "select rows_read, contract_sha256, reading_sha256 from pipeline.source_file where id = 2"
    assert (found, query(empty.engine, recorded)) == ([[]] * len(tables), [(None, None, None)])


def test_an_apply_that_was_stopped_between_two_copies_is_continued(empty: Context) -> None:
    checks = iter([False, True])
    changed = of_sheet(empty, SALES)
    with pytest.raises(Stopped):
        applied(changed, Run(uuid4(), "apply_contract", is_stopping=lambda: next(checks)), files_per_batch=1)
    applied(changed)
    assert (states(empty.engine), money(empty)) == (["loaded", "duplicate"], "15.30")


def test_an_apply_that_fails_at_a_copy_is_continued(empty: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(connection: Connection, *given: Any) -> None:
        become_duplicate(connection, *given)
        raise OSError("out of memory")

    monkeypatch.setattr(apply_contract, "become_duplicate", fail)
    with pytest.raises(OSError, match="out of memory"):
        applied(of_sheet(empty, SALES))
    assert states(empty.engine) == ["empty", "empty"]
    monkeypatch.undo()
    applied(of_sheet(empty, SALES))
    assert (states(empty.engine), money(empty)) == (["loaded", "duplicate"], "15.30")


def test_two_applies_at_once_count_empty_copies_once(empty: Context) -> None:
    changed = of_sheet(empty, SALES)
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(applied, changed, files_per_batch=1) for _ in range(2)]:
            done.result()
    assert (states(empty.engine), money(empty)) == (["loaded", "duplicate"], "15.30")


def test_an_apply_waits_for_an_ingest_of_the_same_bytes(context: Context, folder: Path) -> None:
    put(folder, A, "1")
    load(of_sheet(context, FIRST))
    changed = of_sheet(context, SALES)
    (known,) = ledger_files(context)
    put(folder, A, "2")
    with ThreadPoolExecutor() as pool:
        with context.engine.begin() as connection:
            ledger.lock(connection, [known])
            ingesting = pool.submit(load, changed)
            until_somebody_waits(context.engine)
            applying = pool.submit(applied, changed)
        ingesting.result()
        applying.result()
    assert (sorted(states(context.engine)), money(context)) == (["duplicate", "loaded"], "15.30")


def ledger_files(context: Context) -> list[tuple[ledger.SourceFile, str]]:
    with context.engine.connect() as connection:
        return ledger.source_files(connection)


def test_an_empty_file_whose_rows_fail_stays_empty(context: Context, folder: Path) -> None:
    put(folder, book(" "), "1", "2")
    load(of_sheet(context, FIRST))
    columns = {"invoice_no": {"logicalTypeOptions": {"minLength": 9}}}
    done = applied(declaring(context, keys=workbooks(SALES), columns=columns))
    assert (done.files_rejected, states(context.engine)) == (2, ["empty", "empty"])


def test_files_with_the_same_bytes_that_were_rejected_are_loaded_once(context: Context, folder: Path) -> None:
    put(folder, A, "1", "2")
    columns = {"invoice_no": {"logicalTypeOptions": {"minLength": 9}}}
    load(declaring(context, keys=workbooks(SALES), columns=columns))
    assert states(context.engine) == ["rejected", "rejected"]
    load(of_sheet(context, SALES))
    assert (states(context.engine), money(context)) == (["loaded", "duplicate"], "15.30")
