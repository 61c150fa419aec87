import pytest

from app.contract.describe import describe
from app.contract.open import BUILT_IN, open_contract
from tests.contract.declared import contract, custom, server_with


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_column_of_a_contract_has_a_row(name: str) -> None:
    found = open_contract(name)
    assert [row.name for row in describe(found).columns] == [column.name for column in found.columns]


def test_a_source_is_described_by_what_differs_from_the_default() -> None:
    decimal = server_with("decimal", '","')
    found = contract(server=f"location: 's3://shop/sales', delimiter: ';', {decimal}")
    assert describe(found).sources == (("till", "s3://shop/sales; delimiter ';'; decimal ','"),)


def test_a_source_without_a_location_is_described_by_the_setting() -> None:
    assert describe(contract()).sources == (("sales", "REGULARS_SOURCE"),)


def test_columns_that_are_filled_down_are_described_by_their_names() -> None:
    found = contract(server=server_with("fillDown", "{columns: [Customer], by: Invoice}"))
    assert describe(found).sources == (("till", "REGULARS_SOURCE; fill down customer_id by invoice_no"),)


def test_a_column_is_described_by_how_it_is_read() -> None:
    rows = {row.name: row.reading for row in describe(open_contract("online-retail")).columns}
    assert (rows["customer_id"], rows["invoice_date"]) == ("trimmed; without .0; personal", "as %Y-%m-%d")


def test_placeholders_and_identifiers_are_described_as_in_the_documentation() -> None:
    own = "{property: placeholders, value: [Guest]}, {property: identifier, value: true}"
    found = contract(columns={"card": f"{{name: card, customProperties: [{own}]}}"})
    assert [row.reading for row in describe(found).columns if row.name == "card"] == [
        "null if Guest; identifier; personal"
    ]


def test_business_rules_are_described_with_their_defaults() -> None:
    assert dict(describe(contract()).rules) == {
        "cancellationWhen": "never",
        "countsWhen": "always",
        "returns": "exclude",
        "overlap": "warn",
        "dateRange": "0 days before to 1 after the date in the file's name; else 2000-01-01 to today + 1",
    }


def test_the_arrival_of_files_is_described() -> None:
    declared = "{property: timeOfAvailability, value: '09:00'}, {property: expectedDays, value: Mon-Wed}"
    tail = f"slaProperties: [{declared}]\n"
    assert dict(describe(contract(tail=tail)).rules)["arrival"] == "every day by 09:00, expected on Mon, Tue, Wed"


def test_files_that_arrive_once_a_week_are_described() -> None:
    tail = "slaProperties: [{property: frequency, value: 1, unit: w}]\n"
    assert dict(describe(contract(tail=tail)).rules)["arrival"].startswith("every 7 days, expected on Mon, Tue")


def test_a_currency_is_described() -> None:
    assert dict(describe(contract(custom=custom("currency", "{code: GBP}"))).rules)["currency"] == "GBP"
