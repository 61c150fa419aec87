"""Remedies of rows that fail an expectation."""

from dataclasses import replace
from datetime import date

import pytest

from app.contract.model import Currency, Rate, SourceContract
from app.contract.remedies import remedy
from tests.contract import declared

COLUMNS = {
    "invoice_no": "{name: invoice_no, logicalTypeOptions: {minLength: 3, maxLength: 4}}",
    "quantity": "{name: quantity, logicalTypeOptions: {exclusiveMinimum: 0}}",
    "status": "{name: status, enum: [{value: paid}]}",
    "code": "{name: code, logicalTypeOptions: {pattern: '[A-Z]+'}}",
}
CONTRACT = declared.contract(columns=COLUMNS)
RULES = SourceContract(CONTRACT, CONTRACT.servers[0])


@pytest.mark.parametrize(
    ("expectation", "value", "words"),
    [
        ("parse", None, "declare `delimiter`, `quote` or `escape`"),
        ("plausible_date", "2062-01-01", "declare a wider `dateRange`"),
        ("valid_invoice_date", "3/1/2026 8:26:00 AM", "`format` of invoice_date"),
        ("valid_invoice_no", "#1001", "declare `maxLength: 5` for invoice_no"),
        ("valid_invoice_no", "1", "declare `minLength: 1` for invoice_no"),
        ("valid_invoice_no", "", "declare `fillDown`"),
        ("valid_unit_price", "$0.55", 'declare `currencyMarks: ["$"]`'),
        ("valid_unit_price", "1,234.50", 'declare `thousands: ","`'),
        ("valid_unit_price", "0,55", 'declare `decimal: ","`'),
        ("valid_unit_price", "1.234,50", 'declare `decimal: ","` and `thousands: "."`'),
        ("valid_unit_price", "5.00 z³", 'declare `encoding: windows-1250` and `currencyMarks: ["zł"]` of the server'),
        ("valid_unit_price", "Kè 5.00", 'declare `encoding: windows-1250` and `currencyMarks: ["Kč"]` of the server'),
        ("valid_unit_price", "(5.00)", "with which parentheses are a minus"),
        ("valid_unit_price", "N/A", "declare `skipWhen`"),
        ("valid_invoice_no", "N/A", 'declare `nullWords: ["N/A"]` of the server, and declare `fillDown`'),
        ("valid_status", "N/A", 'declare `nullWords: ["N/A"]`'),
        ("valid_unit_price", "", "declare `skipWhen`"),
        ("valid_status", "", "declare `required: false` for status"),
        ("valid_quantity", "1.5", "declare `logicalType: number` for quantity"),
        ("valid_quantity", "-1", "change `exclusiveMinimum` of quantity"),
        ("valid_customer_id", "1.3E+04", "export the ids as text"),
        ("valid_customer_id", "#N/A", 'with the error #N/A, or declare `nullWords: ["#N/A"]` of the server if such'),
        ("valid_invoice_no", "9.00719925474099E+15", "export the ids as text"),
        ("valid_invoice_no", "#REF!", "correct the formulas with the error #REF!, or correct the rows"),
        ("valid_unit_price", "#DIV/0!", "correct the formulas with the error #DIV/0!, or correct the rows"),
        ("valid_unit_price", "#NO_VALUE!", "save the workbook with a spreadsheet program, because #NO_VALUE! is"),
        ("valid_status", "open", "add the values to `enum` of status"),
        ("valid_code", "a", "change `pattern` of code"),
        ("valid_total_price", "9 x 9", "correct the rows"),
        ("valid_total_price", None, "declare `skipWhen`"),
    ],
)
def test_a_remedy_names_the_key_that_reads_the_value(expectation: str, value: str | None, words: str) -> None:
    assert words in remedy(expectation, [value], RULES)


RATES = (Rate(date(2026, 2, 1), "USD", "1.2"),)


@pytest.mark.parametrize(
    ("case", "rates", "values", "expected"),
    [
        ("keep", RATES, ["CHF", "JPY", "CHF"], "add rates of CHF, JPY to the file of `rates`, or correct the rows"),
        ("keep", RATES, ["usd"], "declare `case: upper` for currency, or correct the rows"),
        ("keep", RATES, ["gbp"], "declare `case: upper` for currency, or correct the rows"),
        (
            "keep",
            RATES,
            ["chf", "JPY"],
            "declare `case: upper` for currency; add rates of CHF, JPY to the file of `rates`, or correct the rows",
        ),
        ("upper", RATES, ["chf"], "add rates of CHF to the file of `rates`, or correct the rows"),
        ("keep", RATES, ["USD"], "add rates of USD for earlier days to the file of `rates`, or correct the rows"),
        ("keep", RATES, ["Dollar"], "correct the rows"),
        ("keep", (), ["USD"], "declare `rates` of `currency`, or another `code`"),
        ("keep", (), ["gbp"], "declare `case: upper` for currency, or correct the rows"),
        (
            "keep",
            (),
            ["gbp", "USD"],
            "declare `case: upper` for currency; declare `rates` of `currency`, or another `code`",
        ),
    ],
)
def test_the_remedy_of_a_currency_is_its_rate(
    case: str, rates: tuple[Rate, ...], values: list[str | None], expected: str
) -> None:
    column = f"{{name: currency, customProperties: [{{property: case, value: {case}}}]}}"
    contract = replace(declared.contract(columns={"currency": column}), currency=Currency("GBP", rates))
    assert remedy("valid_currency", values, SourceContract(contract, contract.servers[0])) == expected


def numbers(values: list[str | None], **server: str) -> str:
    """The remedy of prices under a server with these keys."""
    keys = ", ".join(f"{{property: {name}, value: {value}}}" for name, value in server.items())
    contract = declared.contract(server=f"type: local, customProperties: [{keys}]" if keys else "")
    return remedy("valid_unit_price", values, SourceContract(contract, contract.servers[0]))


@pytest.mark.parametrize(
    ("values", "server", "words"),
    [
        (["4,50 €"], {"currencyMarks": '["€"]'}, 'declare `decimal: ","` of the server'),
        (["€ 1 234,50"], {"currencyMarks": '["€"]', "decimal": '","'}, "declare `thousands: space` of the server"),
        (["1\u00a0234.50"], {}, "declare `thousands: space` of the server"),
        (["1.234,50"], {}, 'declare `decimal: ","` and `thousands: "."` of the server'),
        (["1.234.567"], {}, 'declare `decimal: ","` and `thousands: "."` of the server'),
        (["1,234", "0,55"], {}, 'declare `decimal: ","` of the server'),
        (["abc", "5 kr"], {"currencyMarks": '["€"]'}, 'declare `currencyMarks: ["€", "kr"]` of the server'),
        (["-5 €", "€-5"], {}, 'declare `currencyMarks: ["€"]` of the server'),
        (["0,55", "1,234.50"], {}, "correct the rows"),
        (['Total"";;;;22,00'], {}, "correct the rows"),
        (["4,50", None], {}, "declare `skipWhen`"),
        (["n/a", None], {"nullWords": "[X]"}, "declare `skipWhen`"),
    ],
)
def test_a_remedy_of_numbers_names_what_all_values_need(
    values: list[str | None], server: dict[str, str], words: str
) -> None:
    found = numbers(values, **server)
    assert words in found
    assert ("declare" in words) == ("declare" in found)


def test_a_line_without_a_date_may_be_no_sale() -> None:
    assert "`skipWhen`" in remedy("valid_invoice_date", [None], RULES)


def test_a_total_without_any_value_may_be_no_sale() -> None:
    assert "`skipWhen`" in remedy("valid_total_price", [None], RULES)
