"""Statement that adds up hypothetical transactions as the contract's rules count those of files."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any, Final

from sqlalchemy import Date, Integer, Numeric, Subquery, column, text
from sqlalchemy.dialects.postgresql import JSONB

from app.contract.dates import DateFormat
from app.contract.expectations import VALID, VALID_TOTAL
from app.contract.model import BRONZE_NAMES, Contract, Dialect, Server, SourceContract
from app.db.sql import rendered
from app.silver.expressions import is_return
from app.silver.row_checks import RowCheck, row_checks
from app.silver.statement import bound_rates, quantity_of, validated

ISO_DAYS: Final = (DateFormat("%Y-%m-%d"),)
FILE_ID: Final = 0
DIALECT: Final = Dialect()
RECEIVED_NAMES: Final = {**BRONZE_NAMES, "attributes": "rescued_data"}
CANCELLATION: Final = "cancellation"
NOT_COUNTED: Final = "not_counted"
INDENT: Final = ",\n                "


@cache
def scored_lines(contract: Contract) -> Subquery:
    """Return one row for the bound JSON array `transactions`: its features, and the lines that do not count.

    Days are ISO dates.
    """
    what_if = _what_if(contract)
    slots = {
        "validated": validated(SourceContract(what_if, Server("what-if", dialect=DIALECT)), "given"),
        "is return": is_return(quantity_of(contract), _is_cancellation(contract)),
        "returns are excluded": "true" if contract.returns == "exclude" else "false",
        "no total": VALID_TOTAL,
        "reasons": INDENT.join(_reasons(what_if)),
    }
    columns = (
        *(column("frequency", Integer), column("monetary", Numeric), column("returned", Numeric)),
        *(column("first_invoice_date", Date), column("last_invoice_date", Date), column("uncounted", JSONB)),
    )
    return text(rendered(__package__, "score_lines", slots)).columns(*columns).subquery("lines")


def scored_values(contract: Contract, transactions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the parameters of the statement; transactions: the contract's columns of each, and `attributes`."""
    lines = [
        {"line_no": line_no, **{RECEIVED_NAMES.get(name, name): value for name, value in each.items()}}
        for line_no, each in enumerate(transactions)
    ]
    values: dict[str, Any] = {"transactions": json.dumps(lines), "file_id": FILE_ID, "lines": None}
    if contract.rates:
        values["latest"] = max(date.fromisoformat(line["invoice_date"]) for line in transactions)
    return {**values, **bound_rates(contract)}


def _what_if(contract: Contract) -> Contract:
    """Return the contract with ISO days, of which each is plausible."""
    columns = (replace(one, formats=ISO_DAYS) if one.type == "date" else one for one in contract.columns)
    return replace(contract, columns=tuple(columns), date_range=None)


def _reasons(contract: Contract) -> Iterator[str]:
    for check in row_checks(contract, DIALECT):
        if check.quarantines:
            yield _unless(_holds(contract, check), check.name)
    if contract.returns == "exclude":
        yield f"case when {_is_cancellation(contract)} then '{CANCELLATION}' end"
    if contract.counts is not None:
        yield _unless(f"(is_counted or not {_given(contract, contract.counts.names)})", NOT_COUNTED)


def _is_cancellation(contract: Contract) -> str:
    given = _given(contract, contract.cancellation.names) if contract.cancellation is not None else "false"
    return f"(is_cancellation and {given})"


def _holds(contract: Contract, check: RowCheck) -> str:
    if check.name == VALID_TOTAL:
        return f"(total_price is null or {check.holds})"
    rule = next((rule for rule in contract.rules if rule.name == check.name), None)
    names = rule.condition.names if rule is not None else {check.name.removeprefix(VALID)}
    return f"(not {_given(contract, names)} or {check.holds})"


def _given(contract: Contract, names: Collection[str]) -> str:
    declared = [name for name in sorted(names) if contract.column(name) is not None]
    return f"({' and '.join(f'raw_{name} is not null' for name in declared) or 'true'})"


def _unless(holds: str, reason: str) -> str:
    return f"case when ({holds}) is not true then '{reason}' end"
