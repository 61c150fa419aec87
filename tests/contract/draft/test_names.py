"""Columns of headers in drafted contracts."""

import pytest

from app.contract.draft.names import best_match
from app.contract.header_names import header_key
from tests.contract.draft.samples import HEADER, checks, drafted, sampled

ROW = "1001,2026-03-25,13085,2,5.50"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Order No,Date,Customer ID,Quantity,Price,Invoice No", "Invoice No and Order No match invoice_no"),
        ("Invoice,Date,Customer No,Quantity,Price,Customer ID", "Customer ID and Customer No match customer_id"),
        (f"{HEADER},Qty", "Quantity and Qty match quantity"),
        (f"{HEADER},Order Date", "Date and Order Date match invoice_date"),
        ("Invoice,Date,E-mail,Quantity,Price,Billing Email", "E-mail and Billing Email match customer_id"),
    ],
)
def test_two_columns_known_as_one_are_to_be_decided(header: str, expected: str) -> None:
    found = checks(sampled(f"{ROW},x", header=header))
    assert [check for check in found if check.startswith(expected)] != []


def test_the_column_that_is_taken_is_named() -> None:
    (check,) = checks(sampled(f"{ROW},3", header=f"{HEADER},Qty"))
    assert check.endswith("and Quantity is used; write the one that is the quantity.")


def test_a_total_beside_a_line_total_is_not_to_be_decided() -> None:
    assert checks(sampled(f"{ROW},11.00,20.00", header=f"{HEADER},Line Total,Total")) == []


def test_two_names_of_a_product_are_not_to_be_decided() -> None:
    assert checks(sampled(f"{ROW},Pot,Pot", header=f"{HEADER},Product,Item Name")) == []


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("Item Cost", "unit_price"),
        ("Lineitem price", "unit_price"),
        ("Lineitem quantity", "quantity"),
        ("Customer User ID", "customer_id"),
        ("Email (Billing)", "email"),
        ("date_created", "invoice_date"),
        ("item_sku", "stock_code"),
        ("id_order", "invoice_no"),
        ("date_add", "invoice_date"),
        ("id_customer", "customer_id"),
        ("product_quantity", "quantity"),
        ("unit_price_tax_incl", "unit_price"),
        ("total_price_tax_incl", "line_total"),
        ("current_state", "status"),
        ("orderTime", "invoice_date"),
        ("Order Total (inc tax)", "line_total"),
        ("Order Total", "line_total"),
    ],
)
def test_names_of_all_built_in_contracts_are_known(name: str, column: str) -> None:
    assert best_match({header_key(name): name}).name_of(column) == name


def test_an_export_of_woocommerce_without_a_customer_number_has_its_rules() -> None:
    header = "Order Number,Order Status,Order Date,Email (Billing),SKU,Item Name,Quantity,Item Cost"
    contract = drafted(sampled("500,Completed,2026-03-01 10:15,u@x.example,SK,Pot,2,12.00", header=header))
    assert contract.counts is not None
    assert contract.counts.text == "status in ('processing', 'completed', 'wc-processing', 'wc-completed')"
    assert [column.header_names for column in contract.columns if column.name == "customer_id"] == [
        ("Email (Billing)",)
    ]


def test_a_column_called_name_is_no_order() -> None:
    assert drafted(sampled(f"{ROW},Ann", header=f"{HEADER},Name")).columns[0].header_names == ("Invoice",)
    assert "invoice_no" in checks(sampled("Ann,2", header="Name,Quantity"))[0]
