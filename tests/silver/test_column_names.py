"""Columns as a contract declares them: any name, any number, filled down, fractions of a piece."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection

from app.contract.model import Currency, Rate
from app.contract.open import open_contract
from app.silver.statement import bound_rates
from tests.contracts import variant
from tests.layers import HEADER, cleaned, file_of, row_of

FRACTIONS: dict[str, Any] = {
    "quantity": {"logicalType": "number", "logicalTypeOptions": {"exclusiveMinimum": 0}},
}
FILLED = {"nullWords": ["NULL"], "fillDown": {"columns": ["Customer ID"], "by": "Invoice"}}


def attributes_of(connection: Connection, names: list[str], **changes: Any) -> dict[str, str]:
    declared = variant(columns={name: {"physicalName": f"X {name}"} for name in names}, **changes)
    header = ",".join([HEADER, *(f"X {name}" for name in names)])
    row = ",".join([row_of(), *("v" for _ in names)])
    found: dict[str, str] = cleaned(connection, file_of(row, header=header), declared).silver[0]["attributes"]
    return found


@pytest.mark.parametrize("name", ["order", "user", "end", "is_clean", "raw_quantity", "text_quantity"])
def test_a_column_may_have_the_name_of_anything_in_the_statement(connection: Connection, name: str) -> None:
    assert attributes_of(connection, [name]) == {name: "v"}


def test_a_rule_may_use_a_column_that_is_named_like_a_word_of_sql(connection: Connection) -> None:
    rule = {"name": "ordered", "type": "custom", "engine": "regulars", "implementation": "\"order\" = 'v'"}
    assert attributes_of(connection, ["order"], quality=[rule]) == {"order": "v"}


def test_a_contract_may_declare_more_columns_than_a_function_has_arguments(connection: Connection) -> None:
    names = [f"c{number}" for number in range(120)]
    assert attributes_of(connection, names) == dict.fromkeys(names, "v")


def test_a_quarantined_row_of_many_columns_is_shown_whole(connection: Connection) -> None:
    names = [f"c{number}" for number in range(120)]
    declared = variant(columns={name: {} for name in names})
    content = file_of(",".join([row_of(quantity="0"), *names]), header=",".join([HEADER, *names]))
    [row] = cleaned(connection, content, declared).quarantine
    assert row["raw"].endswith(f",{','.join(names)}")


def test_a_contract_may_declare_more_warnings_than_a_function_has_arguments(connection: Connection) -> None:
    rule = {"type": "custom", "engine": "regulars", "severity": "warning", "implementation": "quantity > 0"}
    declared = variant(quality=[{"name": f"r{number}", **rule} for number in range(120)])
    assert len(cleaned(connection, file_of(row_of()), declared).silver) == 1


@pytest.mark.parametrize(("second", "customer"), [("NULL", None), ("17850", "17850")])
def test_a_null_word_is_not_filled_down(connection: Connection, second: str, customer: str | None) -> None:
    content = file_of(row_of(customer_id="NULL"), row_of(customer_id=second), row_of(customer_id=""))
    assert cleaned(connection, content, variant(server=FILLED)).silver[2]["customer_id"] == customer


def test_the_total_of_a_fraction_is_rounded_before_it_is_tested(connection: Connection) -> None:
    declared = variant(columns=FRACTIONS, countsWhen="total_price > 0")
    [row] = cleaned(connection, file_of(row_of(quantity="0.4", price="0.01")), declared).silver
    assert (row["total_price"], row["effect"]) == (0, 0)


def test_a_total_that_is_rounded_to_the_limit_is_quarantined(connection: Connection) -> None:
    row = row_of(quantity="5363222.357", price="186455.07")  # 0.00001 less than the limit
    assert len(cleaned(connection, file_of(row), variant(columns=FRACTIONS)).quarantine) == 1


def test_rates_are_rendered_once_for_all_files() -> None:
    contract = open_contract("generic-sales")
    converted = replace(contract, currency=Currency("GBP", (Rate(date(2026, 2, 1), "EUR", "0.87"),)))
    first, second = (bound_rates(replace(converted, name=name))["rates"] for name in ("one", "other"))
    assert first is second
