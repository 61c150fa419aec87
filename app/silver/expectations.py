"""Expectations of a contract as SQL: for each its name, the column as received, and the condition that holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.contract.model import Column, Contract
from app.silver.expressions import LONGEST_ID, array, literal

LARGEST_TOTAL: Final = "1000000000000"
SCIENTIFIC: Final = "'^[0-9]+([.,][0-9]+)?[eE][+]?[0-9]+$'"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expectation.

    Attributes:
        name: `valid_quantity`.
        column: name of the column in bronze, None for a rule over several columns.
        value: SQL of the text that is shown with a row that fails.
        holds: SQL condition over the typed columns; null counts as failed.
        quarantines: whether a row that fails is quarantined; otherwise it is counted.
    """

    name: str
    column: str | None
    value: str
    holds: str
    quarantines: bool = True


def expectations(contract: Contract) -> tuple[Expectation, ...]:
    """Return the expectations of a contract, by name; those of its own rules last."""
    found = [expectation for column in contract.columns if (expectation := _of_column(column)) is not None]
    found += [_total(contract), _plausible_date()]
    if contract.currency is not None and contract.column("currency") is not None:
        found.append(_currency(contract))
    return (*sorted(found, key=lambda expectation: expectation.name), *_own_rules(contract))


def _of_column(column: Column) -> Expectation | None:
    conditions = list(_conditions(column))
    if not conditions:
        return None
    holds = " and ".join(conditions)
    if not column.is_required and column.name != "customer_id":
        holds = f"(nullif(btrim(raw_{column.name}), '') is null or {holds})"
    elif not column.is_required:
        holds = f"coalesce({holds}, true)"
    return Expectation(f"valid_{column.name}", column.bronze_name, f"raw_{column.name}", holds)


def _conditions(column: Column) -> Iterator[str]:
    name = column.name
    if column.type == "string":
        yield from _text_conditions(column)
    elif column.type in {"date", "boolean"}:
        yield f"{name} is not null"
    else:
        yield from _limits(column)
    if column.enum:
        yield f"{name} = any({array(column.enum)})"


def _text_conditions(column: Column) -> Iterator[str]:
    name, low, high = column.name, column.min_length, column.max_length
    if name == "customer_id":
        # octet_length first: it is known without reading the text.
        yield f"(octet_length({name}) <= {LONGEST_ID} or length({name}) <= {LONGEST_ID})"
        yield f"(translate({name}, '0123456789', '') = '' or {name} !~ {SCIENTIFIC})"
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
    found = [f"{column.name} {sign} {limit}" for sign, limit in limits if limit is not None]
    yield from found or [f"{column.name} is not null"]


def _total(contract: Contract) -> Expectation:
    total = f"coalesce(abs(total_price) < {LARGEST_TOTAL}, true)"
    if contract.column("line_total") is not None:
        return Expectation("valid_total_price", "line_total", "raw_line_total", total)
    return Expectation("valid_total_price", "price", "raw_quantity || ' x ' || raw_unit_price", total)


def _plausible_date() -> Expectation:
    holds = "coalesce(invoice_date between :earliest and :latest, true)"
    return Expectation("plausible_date", "invoice_date", "raw_invoice_date", holds)


def _currency(contract: Contract) -> Expectation:
    code = contract.currency.code if contract.currency else ""
    holds = f"coalesce(currency = {literal(code)}, true)"
    if contract.currency and contract.currency.rates:
        holds = "(currency is null or rate is not null)"
    return Expectation("valid_currency", "currency", "raw_currency", holds)


def _own_rules(contract: Contract) -> Iterator[Expectation]:
    names = {column.name: column.name for column in contract.columns} | {"total_price": "total_price"}
    for rule in contract.rules:
        value = " || ' ' || ".join(f"coalesce(raw_{name}, '')" for name in sorted(rule.condition.names)) or "''"
        yield Expectation(rule.name, None, value, rule.condition.sql(names), quarantines=rule.severity != "warning")
