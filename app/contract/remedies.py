"""Remedies of rows that fail an expectation: the contract key to change so that they are accepted."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from app.contract.expectations import PARSE, PLAUSIBLE_DATE, VALID
from app.contract.likely_dates import date_formats
from app.contract.model import Column, Dialect, SourceContract

NULL_WORDS: Final = frozenset(("null", "n/a", "na", "nan", "none", "-", "#n/a", "nil"))
"""Words, in lower case, that are common null values."""
SCIENTIFIC: Final = re.compile(r"[0-9]+([.,][0-9]+)?[eE][+]?[0-9]+")
GROUPED: Final = re.compile(r"[-+]?[0-9]{1,3}([.,' \u00a0\u202f\u2019])[0-9]{3}(\1[0-9]{3})*([.,][0-9]+)?")
NOT_OF_NUMBERS: Final = re.compile(r"[^-+0-9.,'\s\u2019]")
NUMBER: Final = re.compile(r"[-+]?[0-9]+([.,][0-9]*)?")
CORRECT: Final = "correct the rows"
ON_FIRST_ROW: Final = "declare `fillDown` of the server if the value is only on the first row of an order"
NO_SALE: Final = "declare `skipWhen` of the server if such rows are no sales"
EMPTY: Final = {
    **dict.fromkeys(("invoice_no", "invoice_date"), ON_FIRST_ROW),
    **dict.fromkeys(("quantity", "unit_price", "line_total"), NO_SALE),
}
"""Remedies of empty values in columns that a sale always needs."""


def remedy(expectation: str, values: Sequence[str | None], source_contract: SourceContract) -> str:
    """Return the remedy for rows that fail an expectation, by some of their values."""
    if expectation == PARSE:
        return "declare `delimiter`, `quote` or `escape` of the server, or correct the lines"
    if expectation == PLAUSIBLE_DATE:
        return (
            "declare a wider `dateRange`, or another `format` of invoice_date if days and months are exchanged; "
            "correct typing errors"
        )
    if any(rule.name == expectation for rule in source_contract.contract.rules):
        return f"{CORRECT}, or change this rule of the contract's `quality`"
    column = source_contract.contract.column(expectation.removeprefix(VALID))
    if column is None:  # the total, for which there is neither a value nor what to work it out from
        return CORRECT if any(values) else f"{NO_SALE}, or {CORRECT}"
    if column.name == "currency" and source_contract.contract.currency is not None:
        return "declare `rates` of `currency`, or another `code`"
    found = next(_remedies(column, [value or "" for value in values], source_contract.dialect), None)
    return f"{found}, or {CORRECT}" if found else CORRECT


def _remedies(column: Column, values: Sequence[str], dialect: Dialect) -> Iterator[str]:
    given = [value.strip() for value in values if value.strip()]
    if words := sorted({value for value in given if value.lower() in NULL_WORDS}):
        yield _of_null_words(column, words, dialect)
    if not given:
        yield EMPTY.get(column.name, f"declare `required: false` for {column.name}")
    elif column.type == "date":
        yield from _of_dates(column, given)
    elif column.type in {"integer", "number"}:
        yield from _of_numbers(column, given[0], dialect)
    else:
        yield from _of_texts(column, given)


def _of_null_words(column: Column, words: Sequence[str], dialect: Dialect) -> str:
    found = _listed("nullWords", (*filter(None, dialect.null_words), *words))
    if not column.is_required:
        return f"declare {found} of the server"
    empty = EMPTY.get(column.name)
    if empty == NO_SALE:
        return NO_SALE
    needed = f", and {empty}" if empty else f" and `required: false` for {column.name}"
    return f"declare {found} of the server{needed}"


def _of_dates(column: Column, values: Sequence[str]) -> Iterator[str]:
    found = date_formats(values)
    declared = {form.declared for form in column.formats}
    new = [form.declared for form in (*found.formats, *found.alternatives) if form.declared not in declared]
    if new and not found.unread:
        yield f"add {' or '.join(map(_quoted, new))} to `format` of {column.name}"


def _of_numbers(column: Column, value: str, dialect: Dialect) -> Iterator[str]:
    bare = value.strip("()").strip()
    if SCIENTIFIC.fullmatch(bare):
        return
    yield from _of_marks(value, dialect)
    number = NOT_OF_NUMBERS.sub("", bare).strip()
    yield from _of_separators(number, dialect)
    plain = number.replace(dialect.thousands, "") if dialect.thousands else number
    if NUMBER.fullmatch(plain):
        if _other(dialect.decimal) in plain:
            yield f"declare `decimal: {_quoted(_other(dialect.decimal))}` of the server"
        elif column.type == "integer" and dialect.decimal in plain:
            yield f"declare `logicalType: number` for {column.name}"
        elif limits := [name for name, limit in _limits(column) if limit is not None]:
            yield f"change `{'` or `'.join(limits)}` of {column.name}"


def _of_marks(value: str, dialect: Dialect) -> Iterator[str]:
    mark = "".join(NOT_OF_NUMBERS.findall(value)).strip("()")
    if mark and mark not in dialect.currency_marks and re.search("[0-9]", value):
        yield f"declare {_listed('currencyMarks', (*dialect.currency_marks, mark))} of the server"
    elif value.startswith("(") and not dialect.currency_marks:
        yield f"declare {_listed('currencyMarks', ('£',))} of the server, with which parentheses are a minus"


def _of_separators(number: str, dialect: Dialect) -> Iterator[str]:
    grouped = GROUPED.fullmatch(number)
    if grouped is None:
        return
    mark, more, rest = "space" if grouped[1].isspace() else grouped[1], grouped[2], grouped[3]
    if grouped[1] == dialect.decimal and not more and not rest:  # a fraction of three digits
        return
    decimal = rest[0] if rest else _other(mark) if mark in {".", ","} else dialect.decimal
    thousands = "space" if dialect.thousands.isspace() else dialect.thousands
    wanted = {"decimal": (decimal, dialect.decimal), "thousands": (mark, thousands)}
    keys = [f"`{name}: {_quoted(new)}`" for name, (new, present) in wanted.items() if new != present]
    if keys and decimal != mark:
        yield f"declare {' and '.join(keys)} of the server"


def _other(decimal: str) -> str:
    return "," if decimal == "." else "."


def _limits(column: Column) -> Iterator[tuple[str, str | None]]:
    yield from (("minimum", column.minimum), ("exclusiveMinimum", column.exclusive_minimum))
    yield from (("maximum", column.maximum), ("exclusiveMaximum", column.exclusive_maximum))


def _of_texts(column: Column, values: Sequence[str]) -> Iterator[str]:
    if column.name == "customer_id" and any(map(SCIENTIFIC.fullmatch, values)):
        yield "export the ids as text, because a spreadsheet has cut their digits"
    if column.max_length is not None and max(map(len, values)) > column.max_length:
        yield f"declare `maxLength: {max(map(len, values))}` for {column.name}"
    if column.min_length is not None and min(map(len, values)) < column.min_length:
        yield f"declare `minLength: {min(map(len, values))}` for {column.name}"
    if column.pattern is not None:
        yield f"change `pattern` of {column.name}"
    if column.enum:
        yield f"add the values to `enum` of {column.name}"


def _listed(key: str, values: Iterable[str]) -> str:
    return f"`{key}: [{', '.join(map(_quoted, values))}]`"


def _quoted(text: str) -> str:
    return f'"{text}"'
