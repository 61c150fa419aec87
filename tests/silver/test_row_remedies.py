"""Rows that fail an expectation name a key of the contract, and with that key they are read."""

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml
from sqlalchemy import Connection

from app.contract.model import SourceContract
from app.contract.remedies import remedy
from tests.contracts import variant
from tests.layers import HEADER, CleanCounts, cleaned, file_of, row_of

SERVER_KEY = re.compile(r"`(decimal|thousands|currencyMarks|nullWords): ([^`]+)`")
TEXT_OPTION = re.compile(r"`(minLength|maxLength): ([0-9]+)` for (\w+)")
COLUMN_KEY = re.compile(r"`(required|logicalType): (\w+)` for (\w+)")
FORMATS = re.compile(r'add "([^"]+)" to `format` of (\w+)')
LIMIT = re.compile(r"change `(minimum|exclusiveMinimum|pattern)` of (\w+)")
COLOUR = f"{HEADER},Colour"


@dataclass
class Case:
    """Values of columns in a row, and what a contract declares of its server and columns."""

    values: dict[str, str]
    server: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, dict[str, Any]] = field(default_factory=dict)


def case(columns: dict[str, dict[str, Any]] | None = None, server: dict[str, Any] | None = None, **values: str) -> Case:
    return Case(values, {"delimiter": "|", **(server or {})}, columns or {})


FAILURES = {
    "marks of currencies": case(price="$0.55"),
    "marks behind the number": case(price="0.55 EUR"),
    "thousands": case(price="1,234.50"),
    "thousands by spaces": case(price="1 234.50"),
    "thousands by narrow spaces": case(price="1\u202f234.50"),
    "decimal commas": case(price="0,55"),
    "thousands by points": case(price="1.234,50"),
    "thousands by points alone": case(price="1.234.567"),
    "points under a comma": case(server={"decimal": ","}, price="0.55"),
    "thousands by commas under a comma": case(server={"decimal": ","}, price="1,234.50"),
    "marks and thousands": case(price="$1,234.50"),
    "thousands and a minus behind": case(price="1.234,50-"),
    "decimal commas and a minus of mathematics": case(price="\u22120,55"),
    "marks and a minus behind": case(price="0,55- EUR"),
    "parentheses": case(price="(5.00)"),
    "negative prices": case(price="-5.00"),
    "fractions of pieces": case(quantity="1.5"),
    "returns": case(quantity="-1"),
    "long order numbers": case(invoice="#100100100"),
    "short order numbers": case(invoice="#1"),
    "words for nothing": case({"colour": {"enum": [{"value": "red"}]}}, colour="N/A"),
    "words for nothing where a value is needed": case(
        {"colour": {"required": True, "enum": [{"value": "red"}]}}, colour="N/A"
    ),
    "empty cells": case({"colour": {"required": True}}),
    "other patterns": case({"colour": {"logicalTypeOptions": {"pattern": "[0-9]+"}}}, colour="red"),
    "days with slashes": case(invoice_date="25/03/2026"),
    "days with points": case(invoice_date="25.03.2026"),
    "days of two digits": case(invoice_date="25/03/26"),
    "twelve hours": case(invoice_date="3/25/2026 8:26:00 AM"),
    "times with an offset": case(invoice_date="2026-03-25 08:26:00 +0100"),
    "times with T and Z": case(invoice_date="2026-03-25T08:26:00Z"),
    "digits only": case(invoice_date="20260325"),
    "names of months": case(invoice_date="25 Mar 2026"),
}


def declared(given: Case) -> SourceContract:
    return variant(server=given.server, columns={"colour": {}} | given.columns)


def read(connection: Connection, given: Case) -> CleanCounts:
    values = {name: value for name, value in given.values.items() if name != "colour"}
    row = f"{row_of('|', **values)}|{given.values.get('colour', '')}"
    savepoint = connection.begin_nested()
    found = cleaned(connection, file_of(row, header=COLOUR.replace(",", "|")), declared(given))
    savepoint.rollback()
    return found


def followed(given: Case, words: str) -> Case:
    """The case under the keys that a remedy names; a limit or pattern to change is left out."""
    server, columns = dict(given.server), {name: dict(keys) for name, keys in given.columns.items()}
    server |= {key: yaml.safe_load(value) for key, value in SERVER_KEY.findall(words)}
    for key, value, name in TEXT_OPTION.findall(words):
        columns[name] = {**columns.get(name, {}), "logicalTypeOptions": {key: int(value)}}
    for key, value, name in COLUMN_KEY.findall(words):
        columns[name] = {**columns.get(name, {}), key: yaml.safe_load(value)}
    for form, name in FORMATS.findall(words):
        columns[name] = {"logicalTypeOptions": {"format": ["%Y-%m-%d", form]}}
    for _, name in LIMIT.findall(words):
        columns[name] = {**columns.get(name, {}), "logicalTypeOptions": {}}
    return Case(given.values, server, columns)


@pytest.mark.parametrize("given", FAILURES.values(), ids=FAILURES)
def test_the_keys_that_failing_rows_name_read_them(connection: Connection, given: Case) -> None:
    messages = []
    for _ in range(4):
        found = read(connection, given)
        if not found.quarantine:
            break
        [reason] = found.quarantine[0]["reasons"]
        messages.append(remedy(reason["expectation"], [reason["value"]], declared(given)))
        given = followed(given, messages[-1])
    assert messages, "the row does not fail"
    assert found.quarantine == [], messages
