import pytest

from app.contract.expectations import expectations
from app.contract.open import BUILT_IN, open_contract
from tests.contract.declared import contract, custom


def names(**parts: object) -> list[str]:
    return [one.name for one in expectations(contract(**parts))]


def sentence(name: str, **parts: object) -> str:
    return next(one.sentence for one in expectations(contract(**parts)) if one.name == name)


def test_the_default_contract_has_these_expectations() -> None:
    assert [one.name for one in expectations(open_contract("online-retail"))] == [
        "parse",
        "plausible_date",
        "valid_customer_id",
        "valid_invoice_date",
        "valid_invoice_no",
        "valid_quantity",
        "valid_stock_code",
        "valid_total_price",
        "valid_unit_price",
    ]


def test_plausible_dates_are_expected_where_not_every_day_is() -> None:
    assert "plausible_date" in names()
    assert "plausible_date" not in names(custom=custom("dateRange", "none"))


def test_a_currency_is_expected_where_rows_say_it_and_the_contract_does() -> None:
    declared = {"currency": "{name: currency}"}
    assert "valid_currency" in names(columns=declared, custom=custom("currency", "{code: GBP}"))
    assert "valid_currency" not in names(columns=declared)
    assert "valid_currency" not in names(custom=custom("currency", "{code: GBP}"))


def test_a_required_currency_is_expected_once() -> None:
    declared = {"currency": "{name: currency, required: true}"}
    assert names(columns=declared, custom=custom("currency", "{code: GBP}")).count("valid_currency") == 1


@pytest.mark.parametrize(
    ("declaration", "is_expected"),
    [
        ("{name: basket}", False),
        ("{name: basket, required: true}", True),
        ("{name: basket, logicalType: integer}", True),
        ("{name: basket, logicalType: boolean}", True),
        ("{name: basket, enum: [{value: a}]}", True),
        ("{name: basket, logicalTypeOptions: {pattern: a}}", True),
        ("{name: basket, logicalTypeOptions: {maxLength: 0}}", True),
    ],
)
def test_a_typed_or_limited_column_is_expected_to_be_valid(declaration: str, is_expected: bool) -> None:
    assert ("valid_basket" in names(columns={"basket": declaration})) is is_expected


def test_own_rules_are_expectations_in_the_order_of_names() -> None:
    implementation = "implementation: 'total_price > 0', severity: warning"
    rule = f"      - {{name: no_gifts, type: custom, engine: regulars, {implementation}}}\n"
    found = expectations(contract(rules=rule))
    assert [(one.name, one.severity) for one in found][1] == ("no_gifts", "warning")
    assert [one.name for one in found][1:] == sorted(one.name for one in found[1:])


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        ("{name: basket, enum: [{value: a}, {value: b}]}", "basket is empty, or is one of a, b."),
        ("{name: basket, required: true}", "basket is not empty."),
        ("{name: basket, logicalTypeOptions: {minLength: 2}}", "basket is empty, or has at least 2 characters."),
        ("{name: basket, logicalTypeOptions: {maxLength: 2}}", "basket is empty, or has at most 2 characters."),
        ("{name: basket, logicalTypeOptions: {pattern: '^a'}}", "basket is empty, or matches ^a."),
        ("{name: basket, logicalType: boolean}", "basket is empty, or is true or false."),
        (
            "{name: basket, logicalType: number, logicalTypeOptions: {minimum: 1, exclusiveMaximum: 5}}",
            "basket is empty, or is a number, at least 1, less than 5.",
        ),
    ],
)
def test_an_expectation_is_a_sentence(declaration: str, expected: str) -> None:
    assert sentence("valid_basket", columns={"basket": declaration}) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "valid_invoice_no",
            "invoice_no is not empty, is not a number in scientific notation or an error of a formula, has 6 to 7 "
            "characters.",
        ),
        ("valid_quantity", "quantity is a whole number, more than 0."),
        ("valid_unit_price", "unit_price is a number, at least 0, less than 100,000,000."),
        ("valid_invoice_date", "invoice_date is a day written as %Y-%m-%d."),
        (
            "valid_customer_id",
            "customer_id is empty, or is not a number in scientific notation or an error of a formula, has at most 256 "
            "characters.",
        ),
    ],
)
def test_the_sentences_of_the_default_contract(name: str, expected: str) -> None:
    found = {one.name: one.sentence for one in expectations(open_contract("online-retail"))}
    assert found[name] == expected


@pytest.mark.parametrize("name", BUILT_IN)
def test_expectations_have_a_name_of_their_own(name: str) -> None:
    found = [one.name for one in expectations(open_contract(name))]
    assert len(set(found)) == len(found)
