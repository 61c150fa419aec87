"""Warnings of a dry run: rows that load and are probably wrong."""

from pathlib import Path

import pytest

from tests.contract import declared
from tests.pipeline.dry_run.runs import Check, row

NORMAL = [row(str(number), customer=str(100 + number)) for number in range(30)]


def test_ordinary_sales_have_no_warning(check: Check) -> None:
    assert check({"a.csv": NORMAL}).warnings == ()


def test_a_large_customer_has_no_warning(check: Check) -> None:
    rows = [*NORMAL, *(row(f"g{number}", customer="99999", quantity="90") for number in range(10))]
    assert check({"a.csv": rows}).warnings == ()


@pytest.mark.parametrize(
    ("rows", "name", "words"),
    [
        ([row(customer="")], "no_customers", "no row has a customer_id"),
        ([row(quantity="-1")], "no_customers", "every row is a return or a cancellation"),
        (
            [*NORMAL, *(row(f"g{number}", customer="99999") for number in range(30))],
            "placeholder",
            "Customer '99999' has 30 of 60 orders (50%)",
        ),
        ([*NORMAL, row("g", customer="GAST")], "placeholder", "Customer 'GAST' has 1 of 31 orders (3%)"),
        ([row("1", customer="a@shop.example"), row("2", customer="A@shop.example")], "similar_ids", "2 customer ids"),
        ([row("1", customer="0042"), row("2", customer="42")], "similar_ids", "such as '0042' and '42'"),
        ([row("1", currency="GBP"), row("2", currency="JPY")], "mixed_currencies", "Amounts in GBP, JPY"),
        ([row(description="M\u00c3\u00bcsli")], "mojibake", "1 rows"),
        ([row(description="M\ufffdsli")], "mojibake", "1 rows"),
        ([*NORMAL, row("x", day="2025-03-01")], "sales_gap", "no sales between 2025-03-01 and 2026-02-01"),
    ],
)
def test_a_warning_says_what_was_found(check: Check, rows: list[str], name: str, words: str) -> None:
    found = check({"a.csv": rows}).warnings
    assert [warned.name for warned in found] == [name]
    assert words in found[0].message


def test_no_customer_counts_where_no_row_meets_the_condition(check: Check, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(
        declared.text(
            columns={
                "customer_id": "{name: customer_id, physicalName: Customer ID}",
                "invoice_date": DATE,
                "quantity": QTY,
            },
            custom=declared.custom("countsWhen", "quantity > 100"),
        )
    )
    (warned,) = check({"a.csv": [row()]}, str(tmp_path / "shop.yaml")).warnings
    assert "no row meets `countsWhen: quantity > 100`" in warned.message


DATE = "{name: invoice_date, physicalName: Date}"
QTY = "{name: quantity, physicalName: Quantity}"


def test_sales_that_do_not_count_are_a_warning(check: Check, tmp_path: Path) -> None:
    columns = {"customer_id": "{name: customer_id, physicalName: Customer ID}", "invoice_date": DATE, "quantity": QTY}
    (tmp_path / "shop.yaml").write_text(
        declared.text(columns=columns, custom=declared.custom("countsWhen", "quantity = 2"))
    )
    (warned,) = check({"a.csv": [row("1"), row("2", quantity="6")]}, str(tmp_path / "shop.yaml")).warnings
    assert (warned.name, "Sales of 30.00 (75%) have a customer and do not count" in warned.message) == (
        "uncounted",
        True,
    )


def test_invoices_in_several_files_are_a_warning(check: Check) -> None:
    (warned,) = check({"a.csv": [row("1"), row("2")], "b.csv": [row("2"), row("3")]}).warnings
    assert (warned.name, "2 invoices of 20.00 in 2 files" in warned.message) == ("overlap", True)


def test_a_missing_day_is_a_warning(check: Check) -> None:
    days = [f"2026-02-{day:02}" for day in range(1, 15) if day != 11]
    (warned,) = check({f"{day}.csv": [row(day, day=day, customer=day)] for day in days}).warnings
    assert (warned.name, "1 days have no file: 2026-02-11" in warned.message) == ("missing_days", True)


def test_a_weekday_without_any_file_is_not_missing(check: Check) -> None:
    days = [f"2026-02-{day:02}" for day in range(1, 29) if day % 7 != 1]
    assert check({f"{day}.csv": [row(day, day=day, customer=day)] for day in days}).warnings == ()
