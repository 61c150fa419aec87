"""Remedies of rows that fail an expectation: the contract key to change so that they are accepted."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from app.contract.currency_remedies import CORRECT, of_currencies
from app.contract.expectations import PARSE, PLAUSIBLE_DATE, VALID
from app.contract.likely_dates import date_formats
from app.contract.model import Column, Dialect, SourceContract
from app.contract.number_remedies import of_numbers, quoted

NULL_WORDS: Final = frozenset(("null", "n/a", "na", "nan", "none", "-", "#n/a", "nil"))
"""Words, in lower case, that are common null values."""
SCIENTIFIC: Final = re.compile(r"[0-9]+([.,][0-9]+)?[eE][+]?[0-9]+")
SHORTENED: Final = re.compile(r"[0-9]([.,][0-9]+)?[eE][+][0-9]+")
"""Scientific notation as spreadsheets write it."""
FORMULA_ERROR: Final = re.compile(r"#[A-Za-z0-9_/]+[!?]|#[nN]/[aA]")
"""Error of a formula in a spreadsheet, or `#NO_VALUE!`, which stands for a formula without a saved value."""
NO_VALUE: Final = "#NO_VALUE!"
ON_FIRST_ROW: Final = (
    "declare `fillDown` of the server if the value is only on the first row of an order, or `skipWhen` if such rows "
    "are not sales, such as a line of totals"
)
NO_SALE: Final = "declare `skipWhen` of the server if such rows are not sales, such as a line of totals"
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
    if column is None:  # the total: there is no value and none to compute it from
        return CORRECT if any(values) else f"{NO_SALE}, or {CORRECT}"
    if column.name == "currency" and source_contract.contract.currency is not None:
        return of_currencies(
            column, {(value or "").strip() for value in values} - {""}, source_contract.contract.currency
        )
    found = dict.fromkeys(_remedies(column, [(value or "").strip() for value in values], source_contract.dialect))
    return f"{'; '.join(found)}, or {CORRECT}" if found else CORRECT


def _remedies(column: Column, values: Sequence[str], dialect: Dialect) -> Iterator[str]:
    errors = sorted({value for value in values if FORMULA_ERROR.fullmatch(value)})
    words = sorted({value for value in values if value.lower() in NULL_WORDS and value not in errors})
    given = [value for value in values if value and value not in (*words, *errors)]
    yield from _of_errors(column, errors, dialect)
    if words:
        yield _of_null_words(column, words, dialect)
    if given:
        yield from _of_given(column, given, dialect)
    if not all(values):
        yield EMPTY.get(column.name, f"declare `required: false` for {column.name}")


def _of_errors(column: Column, errors: Sequence[str], dialect: Dialect) -> Iterator[str]:
    shown = [error for error in errors if error.upper() != NO_VALUE]
    if len(shown) < len(errors):
        yield f"save the workbook with a spreadsheet program, because {NO_VALUE} is a formula whose value is not saved"
    if shown:
        found = f"correct the formulas with the error {' or '.join(shown)}"
        is_guest = column.name == "customer_id" and not column.is_required
        no_customer = f", or declare {_null_words(shown, dialect)} if such rows are sales without a customer"
        yield f"{found}{no_customer if is_guest else ''}"


def _of_given(column: Column, values: Sequence[str], dialect: Dialect) -> Iterator[str]:
    if column.type == "date":
        found = _of_dates(column, values)
    elif column.type in {"integer", "number"}:
        found = of_numbers(column, values, dialect)
    else:
        found = _of_texts(column, values)
    yield from islice(found, 1)


def _of_null_words(column: Column, words: Sequence[str], dialect: Dialect) -> str:
    found = _null_words(words, dialect)
    if not column.is_required:
        return f"declare {found}"
    empty = EMPTY.get(column.name)
    if empty == NO_SALE:
        return NO_SALE
    needed = f", and {empty}" if empty else f" and `required: false` for {column.name}"
    return f"declare {found}{needed}"


def _null_words(words: Sequence[str], dialect: Dialect) -> str:
    return f"`nullWords: [{', '.join(map(quoted, (*filter(None, dialect.null_words), *words)))}]` of the server"


def _of_dates(column: Column, values: Sequence[str]) -> Iterator[str]:
    found = date_formats(values)
    declared = {form.declared for form in column.formats}
    new = [form.declared for form in (*found.formats, *found.alternatives) if form.declared not in declared]
    if new and not found.unread:
        yield f"add {' or '.join(map(quoted, new))} to `format` of {column.name}"


def _of_texts(column: Column, values: Sequence[str]) -> Iterator[str]:
    cut = {"customer_id": SCIENTIFIC, "invoice_no": SHORTENED}.get(column.name)
    if cut is not None and any(map(cut.fullmatch, values)):
        yield "export the ids as text, because a spreadsheet has cut their digits"
    if column.max_length is not None and max(map(len, values)) > column.max_length:
        yield f"declare `maxLength: {max(map(len, values))}` for {column.name}"
    if column.min_length is not None and min(map(len, values)) < column.min_length:
        yield f"declare `minLength: {min(map(len, values))}` for {column.name}"
    if column.pattern is not None:
        yield f"change `pattern` of {column.name}"
    if column.enum:
        yield f"add the values to `enum` of {column.name}"
