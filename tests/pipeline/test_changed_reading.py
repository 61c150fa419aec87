"""Contracts that read the bytes of loaded files otherwise: rows of bronze are not validated by them."""

from pathlib import Path
from typing import Any

import pytest

from app.jobs.context import Context
from tests.loading import load, query, sale
from tests.pipeline.conftest import Put
from tests.pipeline.declaring import BRITISH, applied, declaring
from tests.pipeline.replaying import ALL, replayed
from tests.pipeline.test_workbooks import book, workbooks

GERMAN: dict[str, Any] = {"decimal": ",", "thousands": "."}
LATE = "3/2/2026"
SYNONYM = {"description": {"synonyms": [{"synonym": "Text"}]}}
MONEY = "select cast(coalesce(sum(quantity * unit_price), 0) as text) from silver.sales_row"
VALIDATED = "select rows_loaded, rows_quarantined, quarantine_contract_sha256 from pipeline.source_file"


def reading(context: Context, columns: dict[str, Any] | None = None, **dialect: Any) -> Context:
    """The context with a contract that reads workbooks in a dialect."""
    properties: list[dict[str, Any]] = [{"property": name, "value": value} for name, value in dialect.items()]
    return declaring(context, keys=workbooks(*properties), columns=columns or {})


@pytest.fixture
def quarantined(context: Context, folder: Path) -> Context:
    """A workbook whose only row, of 6 at 1.234, has a date that its contract does not read."""
    (folder / "day.xlsx").write_bytes(book({"Price": 1.234, "InvoiceDate": LATE}))
    settings = context.settings.model_copy(update={"max_quarantined_share": 1})
    changed = Context(context.engine, settings, context.clock)
    load(reading(changed))
    return changed


def money(context: Context) -> str:
    ((found,),) = query(context.engine, MONEY)
    return str(found)


def test_another_decimal_mark_reads_the_same_numbers_of_a_workbook(context: Context, folder: Path) -> None:
    (folder / "day.xlsx").write_bytes(book({"Price": 1.234}))
    load(reading(context))
    before = money(context)
    done = applied(reading(context, **GERMAN))
    assert (done.files_read, money(context), before) == (1, "7.38", "7.38")


def test_an_ingest_validates_no_row_that_its_contract_reads_otherwise(quarantined: Context) -> None:
    before = query(quarantined.engine, VALIDATED)
    load(reading(quarantined, BRITISH, **GERMAN))
    assert query(quarantined.engine, VALIDATED) == before


def test_a_replay_validates_no_row_that_its_contract_reads_otherwise(quarantined: Context) -> None:
    before = query(quarantined.engine, VALIDATED)
    done = replayed(reading(quarantined, BRITISH, **GERMAN), ALL)
    assert (done.rows, done.rows_missing, query(quarantined.engine, VALIDATED)) == (0, 1, before)


def test_an_apply_loads_the_rows_that_a_replay_leaves(quarantined: Context) -> None:
    changed = reading(quarantined, BRITISH, **GERMAN)
    replayed(changed)
    applied(changed)
    assert money(quarantined) == "7.38"


def test_an_ingest_validates_rows_that_its_contract_reads_alike(quarantined: Context) -> None:
    load(reading(quarantined, BRITISH))
    assert money(quarantined) == "7.38"


def test_rows_of_csv_files_are_replayed_with_another_decimal_mark(context: Context, put: Put) -> None:
    put(sale(), sale().replace("2.55", '"2,55"'))
    load(context)
    done = replayed(declaring(context, server={"decimal": ","}))
    assert done.rows_loaded == 1


def test_an_ingest_validates_rows_of_csv_files_with_another_header(context: Context, put: Put) -> None:
    put(sale(), sale(), sale(day=LATE))
    load(context)
    assert load(declaring(context, columns=BRITISH | SYNONYM)).rows_released == 1
