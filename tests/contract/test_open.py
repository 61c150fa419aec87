import csv
from pathlib import Path

import pytest

from app.contract.header_names import header_key
from app.contract.model import Contract, FillDown
from app.contract.open import BUILT_IN, open_contract
from app.errors import InvalidContract, Misconfigured
from tests.contract.declared import COLUMNS, custom, text

EXPORTS = {
    "shopify-orders": (
        "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,"
        "Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
        "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
        "Lineitem fulfillment status,Billing Name,Billing Country,Shipping Name,Shipping Country,Notes,Cancelled at,"
        "Payment Method,Refunded Amount,Vendor,Id,Tags,Risk Level,Source,Lineitem discount,Phone"
    ),
    "woocommerce-orders": (
        "order_id,order_number,date,status,shipping_total,fee_total,tax_total,discount_total,order_total,refunded_total,"
        "order_currency,payment_method,customer_id,billing_first_name,billing_email,billing_country,shipping_country,"
        "item_name,item_sku,item_quantity,item_tax,item_total,item_refunded,item_refunded_qty,item_meta"
    ),
}


def found_columns(contract: Contract, header: str) -> list[str]:
    """The columns of a contract that a header has, each as often as it has it."""
    owners = {header_key(name): column.name for column in contract.columns for name in column.header_names}
    return [owners[header_key(name)] for name in next(csv.reader([header])) if header_key(name) in owners]


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_built_in_contract_loads_and_is_called_by_its_id(name: str) -> None:
    assert open_contract(name).id == name


def test_the_built_in_contracts_differ() -> None:
    assert len({open_contract(name).sha256 for name in BUILT_IN}) == len(BUILT_IN)


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_copy_of_a_built_in_contract_means_the_same(name: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.yaml"
    copy.write_text(open_contract(name).text)
    assert open_contract(str(copy)).sha256 == open_contract(name).sha256


def test_online_retail_has_the_header_names_of_the_data_contract() -> None:
    names = {column.name: column.header_names for column in open_contract("online-retail").columns}
    assert names == {
        "invoice_no": ("Invoice", "InvoiceNo"),
        "stock_code": ("StockCode",),
        "description": ("Description",),
        "quantity": ("Quantity",),
        "unit_price": ("Price", "UnitPrice"),
        "customer_id": ("Customer ID", "CustomerID"),
        "country": ("Country",),
        "invoice_date": ("InvoiceDate",),
    }


def test_online_retail_reads_invoices_and_customers_as_the_data_contract_says() -> None:
    contract = open_contract("online-retail")
    invoice, customer = contract.column("invoice_no"), contract.column("customer_id")
    assert invoice is not None
    assert customer is not None
    assert (invoice.min_length, invoice.max_length, invoice.trim) == (6, 7, False)
    assert (customer.trim, customer.strip_decimal, customer.is_required) == (True, True, False)


@pytest.mark.parametrize("name", EXPORTS)
def test_a_shop_systems_export_has_each_column_once(name: str) -> None:
    contract = open_contract(name)
    found = found_columns(contract, EXPORTS[name])
    optional = {"unit_price"} if name == "woocommerce-orders" else set()
    assert sorted(found) == sorted({column.name for column in contract.columns} - optional)


def test_generic_sales_reads_the_header_of_online_retail() -> None:
    header = "Invoice,StockCode,Description,Quantity,Price,Customer ID,Country,InvoiceDate"
    assert len(found_columns(open_contract("generic-sales"), header)) == 8


def test_generic_sales_reads_a_header_with_a_total_in_place_of_a_price() -> None:
    header = "Row ID,Order ID,Order Date,Ship Date,Customer ID,Customer Name,Segment,Country,Product ID,Sales,Quantity"
    found = found_columns(open_contract("generic-sales"), header)
    assert {"invoice_no", "invoice_date", "customer_id", "quantity", "line_total", "stock_code"} <= set(found)


def test_the_fields_of_a_shopify_order_are_carried_down() -> None:
    fill_down = open_contract("shopify-orders").servers[0].dialect.fill_down
    columns = ("customer_id", "status", "currency", "country", "refunded_amount", "cancelled_at")
    assert fill_down == FillDown(columns, "invoice_no")


def test_the_guests_of_woocommerce_are_no_customer() -> None:
    customer = open_contract("woocommerce-orders").column("customer_id")
    assert customer is not None
    assert customer.placeholders == ("0",)


def test_a_path_is_opened(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(text())
    assert open_contract(str(file)).id == "shop"


def test_problems_name_the_file_as_it_was_given(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(text(tail="status: activ\n"))
    with pytest.raises(InvalidContract, match=f"^{file}:13: status: "):
        open_contract(str(file))


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(
        InvalidContract, match=r"^shopify-order: .* read: No such file .*; did you mean shopify-orders\?; the built-in"
    ):
        open_contract("shopify-order")


def test_the_built_in_contracts_are_named_once() -> None:
    with pytest.raises(InvalidContract) as caught:
        open_contract("none.yaml")
    assert str(caught.value).count("generic-sales") == 1


def test_a_folder_is_no_contract(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidContract, match=r"cannot be read: Is a directory; the built-in contracts are online-retail, "
    ):
        open_contract(str(tmp_path))


def test_an_invalid_contract_is_a_misconfiguration() -> None:
    assert issubclass(InvalidContract, Misconfigured)


def test_a_contract_is_parsed_once_for_each_content(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(text())
    assert open_contract(str(file)) is open_contract(str(file))


def test_a_changed_contract_is_parsed_again(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(text())
    before = open_contract(str(file))
    file.write_text(text(custom=custom("overlap", "once")))
    assert (before.overlap, open_contract(str(file)).overlap) == ("warn", "once")


def test_changed_rates_are_read_again(tmp_path: Path) -> None:
    file, rates = tmp_path / "shop.yaml", tmp_path / "rates.csv"
    rates.write_text("date,code,rate\n2026-03-01,EUR,0.8\n")
    file.write_text(
        text(
            columns={**COLUMNS, "currency": "{name: currency}"},
            custom=custom("currency", "{code: GBP, rates: rates.csv}"),
        )
    )
    before = open_contract(str(file))
    rates.write_text("date,code,rate\n2026-03-01,EUR,0.9\n")
    assert open_contract(str(file)).sha256 != before.sha256
