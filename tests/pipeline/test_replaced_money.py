"""Money that does not count, where an invoice counts from the newest file that has it."""

from pathlib import Path

from app.jobs.context import Context
from tests.contract import declared
from tests.loading import load, query, sale
from tests.pipeline.conftest import Put
from tests.pipeline.declaring import declaring
from tests.pipeline.dry_run.runs import Check, checker, row

DAY_1, DAY_2 = "2026-02-01", "2026-02-02"
SERVICE = sale().replace("85123A", "POST")
"""A row that does not count, of the same invoice and amount as a sale."""
REMEDY = ": check countsWhen"


def money(context: Context) -> list[str]:
    return [text for (text,) in query(context.engine, "select message from quality.data_warning where kind = 'money'")]


def test_rows_of_an_invoice_that_a_newer_file_has_are_not_added_twice(context: Context, put: Put) -> None:
    put(sale(), SERVICE, day=DAY_1)
    put(sale(), SERVICE, SERVICE, day=DAY_2)
    load(declaring(context, overlap="once"))
    assert money(context) == [
        f"66.7 % of the money of all files is quarantined or does not count (countsWhen: 30.60){REMEDY}"
    ]


def test_rows_that_a_newer_file_has_corrected_are_no_warning(context: Context, put: Put) -> None:
    put(SERVICE, day=DAY_1)
    put(sale(), day=DAY_2)
    load(declaring(context, overlap="once"))
    assert money(context) == []


def test_without_once_every_file_counts(context: Context, put: Put) -> None:
    put(SERVICE, day=DAY_1)
    put(sale(), day=DAY_2)
    load(declaring(context, overlap="count"))
    assert money(context) == [
        f"50.0 % of the money of all files is quarantined or does not count (countsWhen: 15.30){REMEDY}"
    ]


def test_a_dry_run_leaves_out_rows_that_a_newer_file_has(context: Context, folder: Path, tmp_path: Path) -> None:
    columns = {
        "customer_id": "{name: customer_id, physicalName: Customer ID}",
        "invoice_date": "{name: invoice_date, physicalName: Date}",
        "quantity": "{name: quantity, physicalName: Quantity}",
    }
    custom = declared.custom("countsWhen", "quantity = 2") + declared.custom("overlap", "once")
    (tmp_path / "shop.yaml").write_text(declared.text(columns=columns, custom=custom))
    check: Check = checker(context.engine, folder)
    found = check({"a.csv": [row("1", quantity="6")], "b.csv": [row("1"), row("2")]}, str(tmp_path / "shop.yaml"))
    assert "money" not in [warned.name for warned in found.warnings]
