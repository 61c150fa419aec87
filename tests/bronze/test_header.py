import re

import pytest

from app.bronze.header import Header, read_header
from app.contract.model import SourceContract
from app.contract.open import open_contract
from app.errors import BrokenFile
from tests.contracts import variant
from tests.layers import COLUMNS, HEADER, ISO

NAMES = HEADER.split(",")
SPELLINGS = [
    ("Invoice", "invoice"),
    ("InvoiceNo", "invoice"),
    ("INVOICE_NO", "invoice"),
    ("invoice no", "invoice"),
    (" _Invoice_ ", "invoice"),
    ("stock code", "stock_code"),
    ("STOCKCODE", "stock_code"),
    ("s t o c k _ c o d e", "stock_code"),
    ("description", "description"),
    ("QUANTITY", "quantity"),
    ("Price", "price"),
    ("UnitPrice", "price"),
    ("unit_price", "price"),
    ("Customer ID", "customer_id"),
    ("CustomerID", "customer_id"),
    ("customer_id", "customer_id"),
    ("Customer\u00a0ID", "customer_id"),
    ("country", "country"),
    ("Invoice Date", "invoice_date"),
    ("\tinvoicedate", "invoice_date"),
]
STRANGERS = ["Invoices", "Invoice-No", "Invoice.No", "Stock", "Qty", "Customer", "Date", "Price (GBP)", "Pri\u0441e"]
REQUIRED = ["Invoice", "StockCode", "Quantity", "Price", "Customer ID", "InvoiceDate"]


def renamed(column: str, name: str) -> list[str]:
    return [name if known == column else old for known, old in zip(COLUMNS, NAMES, strict=True)]


def without(name: str) -> list[str]:
    return [known for known in NAMES if known != name]


def test_the_contracts_header_is_all_columns_and_no_extras() -> None:
    assert read_header(NAMES, ISO) == Header(COLUMNS, (None,) * 8)


@pytest.mark.parametrize(("name", "column"), SPELLINGS)
def test_a_column_is_found_without_case_spaces_and_underscores(name: str, column: str) -> None:
    assert read_header(renamed(column, name), ISO).columns == COLUMNS


def test_columns_are_found_in_any_order() -> None:
    assert read_header(NAMES[::-1], ISO).columns == COLUMNS[::-1]


@pytest.mark.parametrize("name", STRANGERS)
def test_another_name_is_an_extra_column(name: str) -> None:
    header = read_header([*NAMES, name], ISO)
    assert (header.columns[8], header.extras[8], header.has_extras) == (None, name, True)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_column_is_named_and_the_header_shown(name: str) -> None:
    names = without(name)
    with pytest.raises(BrokenFile, match=f"^column {name} is missing; the header is: {re.escape(', '.join(names))}; "):
        read_header(names, ISO)


def test_all_missing_columns_are_named() -> None:
    with pytest.raises(BrokenFile, match=r"^column Quantity, Price is missing"):
        read_header([name for name in NAMES if name not in {"Quantity", "Price"}], ISO)


@pytest.mark.parametrize("name", ["Description", "Country"])
def test_an_optional_column_may_be_missing(name: str) -> None:
    assert len(read_header(without(name), ISO).columns) == 7


@pytest.mark.parametrize("name", REQUIRED)
def test_a_doubled_required_column_is_named_and_the_header_shown(name: str) -> None:
    shown = re.escape(", ".join([*NAMES, name]))
    with pytest.raises(BrokenFile, match=f"^column {name} is in the header twice: {shown}; "):
        read_header([*NAMES, name], ISO)


@pytest.mark.parametrize(("name", "column"), [("InvoiceNo", "Invoice"), ("UnitPrice", "Price")])
def test_two_aliases_of_one_column_are_a_doubled_column(name: str, column: str) -> None:
    with pytest.raises(BrokenFile, match=f"^column {column} is in the header twice"):
        read_header([*NAMES, name], ISO)


@pytest.mark.parametrize("name", ["Description", "Country"])
def test_a_doubled_optional_column_is_an_extra_one(name: str) -> None:
    header = read_header([*NAMES, name], ISO)
    assert (header.columns[8], header.extras[8]) == (None, name)


def test_extra_columns_without_a_name_have_the_name_of_their_place() -> None:
    assert read_header([*NAMES, "", "  "], ISO).extras[8:] == ("column_9", "column_10")


def test_extra_columns_of_one_name_are_numbered() -> None:
    assert read_header([*NAMES, "note", "note_2", "note", "note"], ISO).extras[8:] == (
        "note",
        "note_2",
        "note_3",
        "note_4",
    )


def test_no_two_extra_columns_end_in_one_name() -> None:
    extras = read_header([*NAMES, "column_10", "", "x", "x_2", "x", " x "], ISO).extras[8:]
    assert len(set(extras)) == len(extras) == 6


def test_a_header_of_too_many_columns_is_rejected() -> None:
    with pytest.raises(BrokenFile, match=r"^the header has 100,000 columns; at most 1,000 are allowed; "):
        read_header([*NAMES, *map(str, range(99_992))], ISO)


def test_as_many_columns_as_are_taken_may_have_one_name() -> None:
    assert len(set(read_header([*NAMES, *["x"] * 992], ISO).extras)) == 993


def test_a_header_longer_than_its_rows_could_bear_is_rejected() -> None:
    with pytest.raises(BrokenFile, match=r"^the header is longer than 65,536 characters; shorten its names: Invoice, "):
        read_header([*NAMES, "x" * 65_536], ISO)


def test_a_long_header_is_shown_cut() -> None:
    with pytest.raises(BrokenFile) as caught:
        read_header(["x" * 10_000], ISO)
    assert f": {'x' * 200} …;" in str(caught.value)


@pytest.mark.parametrize(
    ("other", "shown", "word"), [(";", "';'", "semicolon"), ("|", r"'\|'", "pipe"), ("\t", "a tab", "tab")]
)
def test_a_header_by_another_delimiter_names_the_key(other: str, shown: str, word: str) -> None:
    with pytest.raises(
        BrokenFile, match=f"looks delimited by {shown}: declare `delimiter: {word}` of the server"
    ) as caught:
        read_header([other.join(NAMES)], ISO)
    assert "`decimal`" in str(caught.value)


def test_a_comma_header_under_another_delimiter_names_the_key() -> None:
    with pytest.raises(BrokenFile, match="looks delimited by ',': declare `delimiter: comma`"):
        read_header([",".join(NAMES)], variant(server={"delimiter": ";"}))


def test_unknown_names_by_another_delimiter_name_the_key() -> None:
    with pytest.raises(BrokenFile, match="declare `delimiter: semicolon`"):
        read_header(["a;b;c;d;e;f"], ISO)


@pytest.mark.parametrize("name", ["Price (GBP)", "Item price", "Prices", "Cost"])
def test_a_missing_column_names_the_synonym_that_would_be_it(name: str) -> None:
    with pytest.raises(BrokenFile, match=f"add `synonym: .?{re.escape(name)}.?` to the synonyms of unit_price in the"):
        read_header(renamed("price", name), ISO)


def test_each_missing_column_names_its_own_synonym() -> None:
    names = ",".join(NAMES).replace("Quantity", "Quantities").replace("StockCode", "Stock-Code").split(",")
    with pytest.raises(BrokenFile) as caught:
        read_header(names, ISO)
    assert "`synonym: Stock-Code` to the synonyms of stock_code" in str(caught.value)
    assert "`synonym: Quantities` to the synonyms of quantity" in str(caught.value)


@pytest.mark.parametrize(
    ("others", "likely"),
    [
        (["Customer Note", "Contact e-mail"], "Contact e-mail"),
        (["Customer Name", "Client No"], "Client No"),
        (["Customer Comments", "Buyer Code", "E-mail"], "Buyer Code"),
        (["Order ID", "Customer Name"], "Customer Name"),
        (["Nazwa klienta", "Nr klienta"], "Nr klienta"),
        (["Klantnaam", "Klantnr"], "Klantnr"),
        (["Kraj klienta", "Klient"], "Klient"),
    ],
)
def test_a_missing_id_names_a_number_or_an_address_first(others: list[str], likely: str) -> None:
    with pytest.raises(BrokenFile, match=f"add `synonym: .?{likely}.?` to the synonyms of customer_id"):
        read_header([*without("Customer ID"), *others], ISO)


@pytest.mark.parametrize("name", ["Customer Note", "Comments", "Customer Description", "Customer Postcode"])
def test_free_text_is_never_named_as_an_id(name: str) -> None:
    with pytest.raises(BrokenFile, match="customer_id") as caught:
        read_header([*without("Customer ID"), name], ISO)
    assert "synonym: " not in str(caught.value)


def test_a_missing_id_names_the_e_mail_address_that_the_contract_declares() -> None:
    names = [
        "Order Number",
        "Order Date",
        "Order Status",
        "Customer Note",
        "Email (Billing)",
        "Item Name",
        "Quantity",
        "Item Cost",
    ]
    contract = open_contract("woocommerce-orders")
    with pytest.raises(BrokenFile) as caught:
        read_header(names, SourceContract(contract, contract.servers[0]))
    advice = 'write `physicalName: "Email (Billing)"` for customer_id in the contract, and remove the column email'
    assert advice in str(caught.value)


def test_a_column_that_may_be_missing_says_so() -> None:
    with pytest.raises(BrokenFile, match="if the files have none, declare `required: false` of stock_code in the"):
        read_header(without("StockCode"), ISO)


def test_a_header_of_a_built_in_contract_names_that() -> None:
    names = [column.header_names[0] for column in open_contract("shopify-orders").columns]
    with pytest.raises(BrokenFile, match="has these columns: set REGULARS_CONTRACT=shopify-orders"):
        read_header(names, ISO)


def test_names_in_other_quotes_name_the_quote() -> None:
    with pytest.raises(BrokenFile, match="its names are quoted by ': declare `quote: \"'\"` of the server"):
        read_header([f"'{name}'" for name in NAMES], ISO)


def test_a_repeated_column_names_the_synonym_to_remove() -> None:
    with pytest.raises(BrokenFile, match="remove `synonym: UnitPrice` from the synonyms of unit_price in the contract"):
        read_header([*NAMES, "UnitPrice"], ISO)


def test_a_column_with_one_name_twice_is_to_be_renamed_in_the_file() -> None:
    with pytest.raises(BrokenFile, match="rename one of them in the file"):
        read_header([*NAMES, "Price"], ISO)


def test_a_declared_column_that_has_no_meaning_is_rescued_under_its_declared_name() -> None:
    source_contract = variant(columns={"colour": {"physicalName": "Farbe"}})
    assert read_header([*NAMES, "Farbe"], source_contract).extras[8] == "colour"


def test_an_unknown_column_does_not_take_the_name_of_a_declared_one() -> None:
    source_contract = variant(columns={"colour": {"physicalName": "Farbe"}})
    assert read_header([*NAMES, "colour", "Farbe"], source_contract).extras[8:] == ("colour_2", "colour")


def test_columns_without_a_name_at_the_end_make_no_extras() -> None:
    header = read_header([*NAMES, "", ""], ISO)
    assert (header.unnamed, header.has_extras) == (2, False)


def test_columns_without_a_name_are_extras_where_empty_ones_are_rejected() -> None:
    header = read_header([*NAMES, "", ""], variant(server={"emptyLastColumn": "reject"}))
    assert (header.unnamed, header.has_extras) == (0, True)


def test_a_header_that_only_lacks_columns_is_not_said_to_be_delimited_otherwise() -> None:
    with pytest.raises(BrokenFile) as caught:
        read_header(["Invoice;No", "Price"], ISO)
    assert "delimiter" not in str(caught.value)
