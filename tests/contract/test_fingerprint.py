from pathlib import Path

import pytest

from app.contract.open import open_contract, parse_contract
from tests.contract.declared import COLUMNS, FILE, contract, custom, server_with, text

RULE = '      - {{name: {name}, type: custom, engine: regulars, implementation: "{condition}"{more}}}\n'


def rule(name: str = "small", condition: str = "total_price < 10", more: str = "") -> str:
    return RULE.format(name=name, condition=condition, more=more)


@pytest.mark.parametrize(
    "parts",
    [
        {"head": "# a comment\napiVersion: v3.2.0\nkind: DataContract\nid: other\nversion: 2.0.0\nname: Other\n"},
        {"tail": "description: {purpose: Testing}\ntags: [a]\n"},
        {"tail": "slaProperties: [{property: frequency, value: 1, unit: d}]\n"},
        {"columns": {"quantity": "{name: quantity, physicalName: Qty, description: Pieces}"}},
        {"columns": {"quantity": "{name: quantity, physicalName: QTY}"}},
        {"columns": {"quantity": "{name: quantity, physicalName: Qty, logicalType: integer, required: true}"}},
        {"columns": {"unit_price": "", "quantity": "", "a": COLUMNS["unit_price"], "b": COLUMNS["quantity"]}},
        {"custom": custom("returns", "exclude") + custom("overlap", "warn")},
        {"custom": custom("dateRange", "{before: 0, after: 1}")},
    ],
)
def test_names_descriptions_order_and_written_defaults_do_not_change_the_hash(parts: dict[str, object]) -> None:
    assert contract(**parts).sha256 == contract().sha256


@pytest.mark.parametrize(
    "parts",
    [
        {"columns": {"quantity": "{name: quantity, physicalName: Pieces}"}},
        {"columns": {"quantity": "{name: quantity, physicalName: Qty, logicalType: number}"}},
        {"columns": {"quantity": "{name: quantity, physicalName: Qty, logicalTypeOptions: {minimum: 1}}"}},
        {"columns": {"invoice_no": "{name: invoice_no, physicalName: Invoice, logicalTypeOptions: {maxLength: 9}}"}},
        {
            "columns": {
                "invoice_date": "{name: invoice_date, physicalName: Date, logicalTypeOptions: {format: iso8601}}"
            }
        },
        {"columns": {"customer_id": "{name: customer_id, physicalName: Customer, required: true}"}},
        {"columns": {"country": "{name: country}"}},
        {"columns": {"email": "{name: email, customProperties: [{property: identifier, value: true}]}"}},
        {"custom": custom("returns", "net")},
        {"custom": custom("overlap", "once")},
        {"custom": custom("currency", "{code: GBP}")},
        {"custom": custom("dateRange", "none")},
        {"custom": custom("countsWhen", '"total_price > 0"')},
        {"custom": custom("cancellationWhen", '"total_price < 0"')},
        {"rules": rule()},
    ],
)
def test_what_decides_about_rows_changes_the_hash(parts: dict[str, object]) -> None:
    assert contract(**parts).sha256 != contract().sha256


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("decimal", '","'),
        ("thousands", '","'),
        ("currencyMarks", "[EUR]"),
        ("quote", '"\'"'),
        ("escape", "backslash"),
        ("header", "2"),
        ("skipWhen", "\"Invoice = 'Total'\""),
        ("emptyLastColumn", "reject"),
        ("nullWords", "[NULL]"),
        ("fillDown", "{columns: [Customer], by: Invoice}"),
        ("timezone", "Europe/Berlin"),
    ],
)
def test_each_property_of_a_dialect_changes_the_hash(name: str, value: str) -> None:
    assert contract(server=server_with(name, value)).sha256 != contract(server="type: s3").sha256


@pytest.mark.parametrize("server", ["location: s3://shop/sales", server_with("suffixes", "[.csv]"), "type: local"])
def test_where_files_are_does_not_change_the_hash(server: str) -> None:
    assert contract(server=server).sha256 == contract(server="type: s3").sha256


def two_servers(one: str, other: str, first: str = ",", second: str = ",") -> str:
    """Hash of a contract with two servers, by their names and decimal marks."""
    (start, end) = (
        f"type: local, location: /shop/{name}, {server_with('decimal', f'{mark!r}')}"
        for name, mark in ((one, first), (other, second))
    )
    document = text(server=f"{start}}}\n  - {{server: {other}, {end}")
    return parse_contract(document.replace("server: till", f"server: {one}").encode(), FILE).sha256


def test_names_and_number_of_servers_of_one_dialect_do_not_change_the_hash() -> None:
    one = parse_contract(text(server=server_with("decimal", '","')).encode(), FILE).sha256
    assert {two_servers("a", "b"), two_servers("c", "b")} == {one}


def test_the_server_that_has_a_dialect_of_its_own_changes_the_hash() -> None:
    assert two_servers("a", "b", ",", ".") != two_servers("a", "b", ".", ",")


def test_the_spelling_of_a_condition_does_not_change_the_hash() -> None:
    one, other = (contract(rules=rule(condition=text)) for text in ("total_price < 10", "TOTAL_PRICE  <10"))
    assert one.sha256 == other.sha256


@pytest.mark.parametrize(
    "changed", [rule(condition="total_price < 11"), rule(more=", severity: warning"), rule(name="other")]
)
def test_a_changed_rule_changes_the_hash(changed: str) -> None:
    assert contract(rules=changed).sha256 != contract(rules=rule()).sha256


def test_capitals_and_spaces_in_the_texts_of_a_condition_change_the_hash() -> None:
    texts = ("country = 'GB'", "country = 'gb'", "country = 'G B'")
    declared = {"country": "{name: country}"}
    assert len({contract(columns=declared, rules=rule(condition=one)).sha256 for one in texts}) == len(texts)


def test_the_description_of_a_rule_does_not_change_the_hash() -> None:
    assert contract(rules=rule(more=", description: Small")).sha256 == contract(rules=rule()).sha256


def test_the_rates_change_the_hash(tmp_path: Path) -> None:
    document = text(
        columns={"currency": "{name: currency}"}, custom=custom("currency", "{code: GBP, rates: rates.csv}")
    )
    hashes = set()
    for rates in ("2026-03-01,EUR,0.8\n", "2026-03-01,EUR,0.80\n", "2026-03-02,EUR,0.8\n"):
        (tmp_path / "rates.csv").write_text(f"date,code,rate\n{rates}")
        hashes.add(parse_contract(document.encode(), FILE, tmp_path).sha256)
    assert len(hashes) == 2


def test_the_hash_of_the_default_contract_is_the_same_in_each_release() -> None:
    assert open_contract("online-retail").sha256 == "670fccb3b174eaa515cb515868396ea35a7327263777fe1fdcc470db08e998ec"
