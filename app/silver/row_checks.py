"""Checks of a row as SQL: for each expectation of a contract the condition that holds, and the value that is shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.contract.expectations import (
    LARGEST_TOTAL,
    MAX_CUSTOMER_ID_LENGTH,
    PARSE,
    PLAUSIBLE_DATE,
    VALID,
    VALID_TOTAL,
    expectations,
)
from app.contract.model import Column, Contract, Dialect, Severity
from app.contract.quoting import escape_colons
from app.contract.remedies import FORMULA_ERROR, SCIENTIFIC, SHORTENED
from app.silver.columns import filled_text, typed_name, typed_names
from app.silver.expressions import array, literal

SPOILED: Final = {
    "customer_id": f"{SCIENTIFIC.pattern}|{FORMULA_ERROR.pattern}",
    "invoice_no": f"{SHORTENED.pattern}|{FORMULA_ERROR.pattern}",
}
"""Ids that a spreadsheet has spoiled, by column."""


@dataclass(frozen=True, slots=True)
class RowCheck:
    """SQL of one expectation.

    Attributes:
        name: name of the expectation, `valid_quantity`.
        column: name of the column in bronze, None for a rule over several columns.
        value: SQL of the text that is shown with a row that fails.
        holds: SQL condition over the typed columns; null counts as failed.
        severity: `error` quarantines a row that fails, `warning` counts it, `critical` rejects the file.
    """

    name: str
    column: str | None
    value: str
    holds: str
    severity: Severity = "error"

    @property
    def quarantines(self) -> bool:
        """Whether a row that fails is quarantined."""
        return self.severity != "warning"


def row_checks(contract: Contract, dialect: Dialect) -> tuple[RowCheck, ...]:
    """Return the checks of a contract's expectations, in their order, except `parse`, which checks no column."""
    names = (expected.name for expected in expectations(contract) if expected.name != PARSE)
    return tuple(_check(contract, dialect, name) for name in names)


def _check(contract: Contract, dialect: Dialect, name: str) -> RowCheck:
    rule = next((rule for rule in contract.rules if rule.name == name), None)
    if rule is not None:
        value = " || ' ' || ".join(f"coalesce(raw_{name}, '')" for name in _raw(contract, rule.condition.names)) or "''"
        holds = rule.condition.sql(typed_names(contract))
        return RowCheck(name, None, value, f"coalesce({escape_colons(holds)}, false)", rule.severity)
    if name == PLAUSIBLE_DATE:
        holds = "coalesce(invoice_date between :earliest and :latest, true)"
        return RowCheck(name, "invoice_date", "raw_invoice_date", holds)
    if name == VALID_TOTAL:
        return _total(contract)
    column = contract.column(name.removeprefix(VALID))
    assert column is not None  # noqa: S101  # expectations of columns are named after them
    if column.name == "currency" and contract.currency is not None:
        return _currency(contract)
    return _of_column(column, dialect)


def _of_column(column: Column, dialect: Dialect) -> RowCheck:
    holds = " and ".join(_conditions(column))
    if not column.is_required and column.name != "customer_id":
        # The typed text is null for placeholders too; other types are null for every text that they cannot read.
        given = typed_name(column) if column.type == "string" else filled_text(column, dialect)
        holds = f"(nullif(btrim({given}), '') is null or {holds})"
    elif not column.is_required:
        holds = f"coalesce({holds}, true)"
    return RowCheck(f"{VALID}{column.name}", column.bronze_name, f"raw_{column.name}", holds)


def _conditions(column: Column) -> Iterator[str]:
    name = typed_name(column)
    if column.type == "string":
        yield from _text_conditions(column)
    elif column.type in {"date", "boolean"}:
        yield f"{name} is not null"
    else:
        yield from _limits(column)
    if column.enum:
        yield f"{name} = any({array(column.enum)})"


def _text_conditions(column: Column) -> Iterator[str]:
    name, low, high = typed_name(column), column.min_length, column.max_length
    if name == "customer_id":
        # octet_length first: it is known without reading the text.
        yield f"(octet_length({name}) <= {MAX_CUSTOMER_ID_LENGTH} or length({name}) <= {MAX_CUSTOMER_ID_LENGTH})"
    if name in SPOILED:
        yield f"(translate({name}, '0123456789', '') = '' or {name} !~ '^({SPOILED[name]})$')"
    if low is not None and high is not None and high - low < 3:  # noqa: PLR2004  # a list reads better than a range
        yield f"length({name}) in ({', '.join(map(str, range(low, high + 1)))})"
    else:
        yield from ([f"length({name}) >= {low}"] if low is not None else [])
        yield from ([f"length({name}) <= {high}"] if high is not None else [])
    if column.pattern is not None:
        yield f"{name} ~ {literal(f'^({column.pattern})$')}"
    if column.is_required:
        yield f"btrim({name}) <> ''"


def _limits(column: Column) -> Iterator[str]:
    limits = (
        (">=", column.minimum),
        (">", column.exclusive_minimum),
        ("<=", column.maximum),
        ("<", column.exclusive_maximum),
    )
    name = typed_name(column)
    found = [f"{name} {sign} {limit}" for sign, limit in limits if limit is not None]
    yield from found or [f"{name} is not null"]


def _total(contract: Contract) -> RowCheck:
    holds = f"coalesce(abs(total_price) < {LARGEST_TOTAL}, true)"
    if contract.column("line_total") is not None:
        # Quantity and price may be empty where there is a total, and the other way round.
        holds = f"abs(total_price) < {LARGEST_TOTAL}"
        if (
            contract.rates
        ):  # without a rate, the total is unknown because of the currency, which has its own expectation
            holds = f"(currency is not null and rate is null or {holds})"
        return RowCheck(VALID_TOTAL, "line_total", "raw_line_total", holds)
    return RowCheck(VALID_TOTAL, "price", "raw_quantity || ' x ' || raw_unit_price", holds)


def _currency(contract: Contract) -> RowCheck:
    assert contract.currency is not None  # noqa: S101  # asked by the caller
    holds = f"coalesce(currency = {literal(contract.currency.code)}, true)"
    if contract.currency.rates:
        holds = "(currency is null or rate is not null)"
    return RowCheck(f"{VALID}currency", "currency", "raw_currency", holds)


def _raw(contract: Contract, names: frozenset[str]) -> list[str]:
    given = {name for name in names if contract.column(name) is not None}
    if "total_price" in names:
        parts = ("line_total",) if contract.column("line_total") is not None else ("quantity", "unit_price")
        given.update(parts)
    return sorted(given)
