"""Expectations that follow from a contract: conditions for every row, by name, with a sentence each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.contract.model import Column, Contract, Severity

PARSE: Final = "parse"
VALID: Final = "valid_"
VALID_TOTAL: Final = f"{VALID}total_price"
PLAUSIBLE_DATE: Final = "plausible_date"
MAX_CUSTOMER_ID_LENGTH: Final = 256
LARGEST_TOTAL: Final = 1_000_000_000_000
"""Totals of a row are less than this: numeric(14,2)."""
LARGEST_PRICE: Final = 100_000_000
"""Prices of a piece are less than this: numeric(10,2)."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expectation.

    Attributes:
        column: name of the column that it is about; None if it is about several.
        sentence: condition of a valid row in words, for documentation.
        severity: `error` quarantines the row, `warning` counts it, `critical` rejects the file.
    """

    name: str
    column: str | None
    sentence: str
    severity: Severity = "error"


def expectations(contract: Contract) -> tuple[Expectation, ...]:
    """Return the expectations of a contract: `parse` first, then by name."""
    found = [
        *(Expectation(VALID + column.name, column.name, _sentence(column)) for column in _validated(contract)),
        Expectation(VALID_TOTAL, None, f"The total of the row is less than {LARGEST_TOTAL:,}."),
        *_currency(contract),
        *_plausible_date(contract),
        *(
            Expectation(rule.name, None, rule.description or f"Holds: {rule.condition.text}", rule.severity)
            for rule in contract.rules
        ),
    ]
    parse = Expectation(PARSE, None, "The line has as many fields as the header, and its quotes are closed.")
    return (parse, *sorted(found, key=lambda expectation: expectation.name))


def is_validated(column: Column) -> bool:
    """Return whether a column has an expectation of its own: it is typed, limited or identifies the customer."""
    limits = (column.min_length, column.max_length, column.pattern)
    is_limited = bool(column.enum) or any(limit is not None for limit in limits)
    return column.type != "string" or column.is_required or is_limited or column.name == "customer_id"


def may_be_quoted(contract: Contract, expectation: str) -> bool:
    """Return whether messages may quote a value, or a raw line, that fails an expectation.

    An erasure redacts the id of its customer in messages, but no other personal value.
    """
    rule = next((rule for rule in contract.rules if rule.name == expectation), None)
    if expectation == PARSE:
        names = {column.name for column in contract.columns}
    else:
        names = {expectation.removeprefix(VALID)} if rule is None else set(rule.condition.names)
    return not any(column.is_personal for column in contract.columns if column.name in names - {"customer_id"})


def _validated(contract: Contract) -> Iterator[Column]:
    # The contract's currency decides which values of this column are valid.
    return (column for column in contract.columns if is_validated(column) and not _is_currency(column, contract))


def _is_currency(column: Column, contract: Contract) -> bool:
    return column.name == "currency" and contract.currency is not None


def _currency(contract: Contract) -> Iterator[Expectation]:
    column = contract.column("currency")
    if column is None or contract.currency is None:
        return
    others = sorted({rate.code for rate in contract.currency.rates})
    rated = f", or one with a rate for the day: {', '.join(others)}" if others else ""
    yield Expectation(f"{VALID}currency", column.name, f"currency is {contract.currency.code}{rated}.")


def _plausible_date(contract: Contract) -> Iterator[Expectation]:
    days = contract.date_range
    if days is None:
        return
    keyed = f"from {days.before:,} before to {days.after:,} after the date in the file's name"
    others = f"without such a date, from {days.start} to {days.days_ahead:,} after today"
    yield Expectation(PLAUSIBLE_DATE, "invoice_date", f"invoice_date is, in days, {keyed}; {others}.")


def _sentence(column: Column) -> str:
    what = ", ".join(_parts(column))
    empty = "" if column.is_required else "is empty, or "
    return f"{column.name} {empty}{what}."


def _parts(column: Column) -> Iterator[str]:
    match column.type:
        case "string":
            yield from _text_parts(column)
        case "date":
            yield f"is a day written as {' or '.join(one.declared for one in column.formats)}"
        case "boolean":
            yield "is true or false"
        case "integer" | "number":
            yield "is a whole number" if column.type == "integer" else "is a number"
            yield from _limits(column)
    if column.enum:
        yield f"is one of {', '.join(column.enum)}"


def _text_parts(column: Column) -> Iterator[str]:
    least, most = column.min_length, column.max_length
    if column.name == "customer_id":
        most = min(most or MAX_CUSTOMER_ID_LENGTH, MAX_CUSTOMER_ID_LENGTH)
    elif column.is_required:
        yield "is not empty"
    if column.name in {"customer_id", "invoice_no"}:
        yield "is not a number in scientific notation or an error of a formula"
    if least and most:
        yield f"has {least} characters" if least == most else f"has {least} to {most} characters"
    elif least or most is not None:
        yield f"has at least {least} characters" if least else f"has at most {most} characters"
    if column.pattern is not None:
        yield f"matches {column.pattern}"


def _limits(column: Column) -> Iterator[str]:
    named = (
        ("at least", column.minimum),
        ("more than", column.exclusive_minimum),
        ("at most", column.maximum),
        ("less than", column.exclusive_maximum),
    )
    yield from (f"{words} {limit}" for words, limit in named if limit is not None)
    if column.name == "unit_price":
        yield f"less than {LARGEST_PRICE:,}"
    elif column.name == "line_total":
        yield f"less than {LARGEST_TOTAL:,}"
