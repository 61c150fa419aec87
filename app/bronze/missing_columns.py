"""Reason why a header lacks columns of the contract: another delimiter, quote, encoding, or other names."""

import csv
from collections.abc import Sequence
from typing import Final

from app.bronze.columns import holds_all_columns, is_needed
from app.bronze.encodings import likely_encoding
from app.bronze.likely_names import identifying_column, likely_name
from app.bronze.remedies import add_synonym, declare, declare_delimiter, excerpt, instead_of, not_required
from app.contract.header_names import header_key
from app.contract.model import ALWAYS_NEEDED, Column, SourceContract
from app.contract.open import BUILT_IN, open_contract

DELIMITERS: Final = ";\t|,"
QUOTES: Final = "'\""
MIN_COLUMNS: Final = 5
SUMS: Final = ("quantity", "unit_price", "line_total")


def describe_missing(missing: Sequence[Column], names: list[str], source_contract: SourceContract) -> str:
    """Return a message that names the missing columns, the header found, and the contract key to change."""
    listed = ", ".join(column.header_names[0] for column in missing)
    remedy = (
        other_delimiter(names, source_contract)
        or _other_quote(names, source_contract)
        or _other_contract(missing, names, source_contract)
        or _other_names(missing, names, source_contract)
    )
    return f"column {listed} is missing; the header is: {excerpt(', '.join(names))}; {remedy}"


def other_delimiter(names: list[str], source_contract: SourceContract) -> str:
    """Return the advice to declare the delimiter by which a header looks delimited; empty if it is the declared one."""
    if source_contract.dialect.format != "csv":
        return ""
    declared = source_contract.dialect.delimiter
    line = declared.join(names)
    columns = {header_key(name) for column in source_contract.contract.columns for name in column.header_names}
    found = {mark: len(columns.intersection(_keys(line, mark))) for mark in {*DELIMITERS, declared}}
    likely = max(DELIMITERS, key=lambda mark: (found[mark], line.count(mark)))
    least = min(len(source_contract.contract.columns), MIN_COLUMNS) - 1
    is_found = found[likely] > max(found[declared], 1)
    if likely == declared or not (is_found or (not any(found.values()) and line.count(likely) >= least)):
        return ""
    mark = "a tab" if likely == "\t" else repr(likely)
    return f"it looks delimited by {mark}: {declare_delimiter(likely)} (and `decimal` if numbers have a comma)"


def _keys(line: str, delimiter: str) -> set[str]:
    try:
        return {header_key(name) for name in next(csv.reader([line], delimiter=delimiter), [])}
    except csv.Error:
        return set()


def _other_quote(names: list[str], source_contract: SourceContract) -> str:
    for quote in QUOTES:
        quoted = sum(name.startswith(quote) and name.endswith(quote) and len(name) > 1 for name in names)
        if (
            quote != source_contract.dialect.quote
            and source_contract.dialect.format == "csv"
            and quoted > len(names) // 2
        ):
            return f"its names are quoted by {quote}: {declare('quote', quote)}"
    return ""


def _other_contract(missing: Sequence[Column], names: list[str], source_contract: SourceContract) -> str:
    if len(missing) * 2 <= sum(map(is_needed, source_contract.contract.columns)):
        return ""
    for name in BUILT_IN:
        if name != source_contract.contract.id and holds_all_columns(names, open_contract(name)):
            return f"the built-in contract {name} has these columns: set REGULARS_CONTRACT={name}"
    return ""


def _other_names(missing: Sequence[Column], names: list[str], source_contract: SourceContract) -> str:
    declared = {header_key(name) for column in source_contract.contract.columns for name in column.header_names}
    unused = {header_key(name): name.strip() for name in names if header_key(name) not in declared and name.strip()}
    advice = []
    for column in missing:
        likely = likely_name(column, unused, len(missing))
        if likely:
            advice.append(add_synonym(column.name, unused.pop(likely)))
        elif column.name == "customer_id" and (other := identifying_column(names, source_contract.contract)):
            advice.append(instead_of(column.name, other[0], other[1].name))
    if advice:
        return f"if it has another name here, {' and '.join(advice)}"
    optional = [column.name for column in missing if column.name not in (*ALWAYS_NEEDED, *SUMS)]
    if len(optional) == len(missing):
        return f"if the files have none, {' and '.join(map(not_required, optional))}"
    return f"if it has another name here, add that to the synonyms of {missing[0].name} in the contract"


def describe_invalid(line: bytes, source_contract: SourceContract) -> str:
    """Return a message for a header line that is not a CSV record; it shows the line."""
    text = excerpt(line.strip().decode("utf-8", "backslashreplace"))
    return f"the header line is not CSV: {_why_invalid(line, source_contract)}; it is: {text}"


def _why_invalid(line: bytes, source_contract: SourceContract) -> str:
    try:
        text = line.strip().decode()
    except UnicodeDecodeError:
        return f"it is not valid UTF-8; {declare('encoding', likely_encoding(line))}, which reads it"
    if "\0" in text:
        return "it has NUL bytes; save the file as CSV in UTF-8"
    if remedy := other_delimiter([text], source_contract):
        return remedy
    quote = source_contract.dialect.quote
    return f"a quotation mark {quote} in it is not paired; remove it, or declare the `quote` of the files"
