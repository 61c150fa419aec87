"""Columns of headers in drafted contracts."""

import pytest

from tests.contract.draft.samples import HEADER, checks, sampled

ROW = "1001,2026-03-25,13085,2,5.50"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Order No,Date,Customer ID,Quantity,Price,Invoice No", "Invoice No and Order No are known as invoice_no"),
        ("Invoice,Date,Customer No,Quantity,Price,Customer ID", "Customer ID and Customer No are known as customer_id"),
        (f"{HEADER},Qty", "Quantity and Qty are known as quantity"),
        (f"{HEADER},Order Date", "Date and Order Date are known as invoice_date"),
        ("Invoice,Date,E-mail,Quantity,Price,Billing Email", "E-mail and Billing Email are known as customer_id"),
    ],
)
def test_two_columns_known_as_one_are_to_be_decided(header: str, expected: str) -> None:
    found = checks(sampled(f"{ROW},x", header=header))
    assert [check for check in found if check.startswith(expected)] != []


def test_the_column_that_is_taken_is_named() -> None:
    (check,) = checks(sampled(f"{ROW},3", header=f"{HEADER},Qty"))
    assert check.endswith("and Quantity is taken; write the one that is the quantity.")


def test_a_total_beside_a_line_total_is_not_to_be_decided() -> None:
    assert checks(sampled(f"{ROW},11.00,20.00", header=f"{HEADER},Line Total,Total")) == []


def test_two_names_of_a_product_are_not_to_be_decided() -> None:
    assert checks(sampled(f"{ROW},Pot,Pot", header=f"{HEADER},Product,Item Name")) == []
