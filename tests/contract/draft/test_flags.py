"""Columns of true and false in drafts, such as `Void?`."""

import re

import pytest

from app.contract.draft.sample import SampledFile
from app.contract.open import parse_contract
from tests.contract.draft.samples import HEADER, checks, document, drafted, sampled

ROW = "1001,2026-03-25,13085,2,5.50"


def with_column(name: str, *values: str, status: str = "") -> SampledFile:
    header, row = (f"{HEADER},Status", f"{ROW},{status}") if status else (HEADER, ROW)
    return sampled(*(f"{row},{value}" for value in values), header=f"{header},{name}")


def flags(file: SampledFile) -> list[str]:
    return [check for check in checks(file) if " is true in " in check]


@pytest.mark.parametrize(
    ("name", "values", "rows"),
    [
        ("Void?", ("true", "false"), "1 row"),
        ("Voided", ("No", "no"), "0 rows"),
        ("Refunded", ("yes", "yes"), "2 rows"),
        ("Test order", ("1", "0"), "1 row"),
        ("isCancelled", ("TRUE", ""), "1 row"),
        ("Storniert", ("f", "t"), "1 row"),
        ("Training?", ("Y", "N"), "1 row"),
    ],
)
def test_a_flag_whose_rows_may_be_no_sales_is_to_be_decided(name: str, values: tuple[str, ...], rows: str) -> None:
    (check,) = flags(with_column(name, *values))
    assert check.startswith(f"{name} is true in {rows}, which may be no sales")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Gift wrapped", ("true", "false")),
        ("Void?", ("true", "maybe")),
        ("Refunded amount", ("0", "1")),
        ("Voided", ("", "")),
        ("Not cancelled", ("true", "false")),
    ],
)
def test_another_column_is_not_declared(name: str, values: tuple[str, ...]) -> None:
    file = with_column(name, *values)
    assert (flags(file), f"Not declared, and kept as received: {name}." in document(file)) == ([], True)


@pytest.mark.parametrize("name", ["Void?", "Cancellation", "Test", "Deleted", "Return", "Draft (x)"])
def test_a_flag_is_declared_as_a_boolean_that_may_be_empty(name: str) -> None:
    column = drafted(with_column(name, "true", "false")).columns[-1]
    assert (column.header_names[0], column.type, column.is_required) == (name, "boolean", False)


@pytest.mark.parametrize("status", ["", "paid"])
@pytest.mark.parametrize("name", ["Void?", "Cancellation", "Test", "Deleted", "Return"])
def test_the_conditions_of_the_remark_are_valid_and_keep_that_of_the_status(name: str, status: str) -> None:
    file = with_column(name, "true", "false", status=status)
    remark, text = flags(file)[0], document(file)
    counting, cancelling = re.findall(r"(\{property: \w+When, value: \".*?\"\})", remark)
    others = [line for line in text.splitlines() if "property: countsWhen" not in line or line.strip().startswith("#")]
    contract = parse_contract("\n".join([*others, f"  - {counting}", f"  - {cancelling}"]).encode(), "shop.yaml")
    assert contract.counts is not None
    assert contract.counts.names == {contract.columns[-1].name, *(["status"] if status else [])}


@pytest.mark.parametrize(("below", "expected"), [("", 1), ("false", 0)])
def test_a_flag_on_the_first_row_of_an_order_is_to_be_filled_down(below: str, expected: int) -> None:
    found = checks(with_column("Void?", "true", below, below))
    assert found.count("Void? is only on the first row of an order; add it to columns of fillDown.") == expected
