"""Customers by other identifiers of the data contract: e-mail addresses, loyalty cards."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import Depends, Request

from app.api.core.dependencies import Reader, Reads
from app.api.core.problems import INVALID, Problem
from app.contract.normalise import normalise_id
from app.db.param_types import storable
from app.gold.identifiers import owners
from app.segments.filters import MAX_VALUES

IDENTIFIERS: Final[dict[str, Any]] = {
    "name": "identifiers",
    "in": "query",
    "style": "form",
    "explode": True,
    "schema": {"type": "object", "additionalProperties": {"type": "string"}},
    "description": "Columns that the data contract declares as identifiers, by their names (GET /v1/contract), such as "
    "`email=max@shop.example`. Values are read by the contract's rules of the column.",
}
"""OpenAPI of the parameter, whose names depend on the contract."""


def requested_identifiers(reader: Reader, request: Request, parameters: Iterable[str]) -> dict[str, list[str]]:
    """Return the values of declared identifiers in a query string, besides these parameters.

    Raises Problem for a parameter that is neither.
    """
    given = request.query_params
    names = [name for name in dict.fromkeys(given) if name not in parameters]
    for name in names:
        check_identifier(reader, name, parameter=name)
        if len(given.getlist(name)) > MAX_VALUES:
            raise _invalid(f"give at most {MAX_VALUES} values", parameter=name)
    return {name: given.getlist(name) for name in names}


def check_identifier(reader: Reader, name: str, **place: str) -> None:
    """Raise Problem for a name that the contract does not declare as an identifier."""
    declared = [column.name for column in reader.contract.identifiers]
    if name not in declared:
        known = f"it declares {', '.join(declared)}" if declared else "it declares none"
        raise _invalid(f"{name[:80]!r} is no identifier of the data contract; {known}", **place)


async def find_owners(reader: Reader, name: str, values: Sequence[str]) -> dict[str, str | None]:
    """Return the customer id of each value; None for one that finds nobody."""
    column = next(column for column in reader.contract.identifiers if column.name == name)
    read = {value: normalise_id(column, storable(value)) for value in values}
    rows = await reader.rows(owners(name, list({each for each in read.values() if each is not None})))
    found: Mapping[str | None, str] = {row.value: row.customer_id for row in rows}
    return {value: found.get(each) for value, each in read.items()}


async def customers_of(reader: Reader, identifiers: Mapping[str, Sequence[str]]) -> list[str] | None:
    """Return the ids of the customers who have, of every identifier, one of these values; None without identifiers."""
    found = [set((await find_owners(reader, name, values)).values()) for name, values in identifiers.items()]
    return sorted(each for each in set.intersection(*found) if each is not None) if found else None


def _invalid(detail: str, **place: str) -> Problem:
    where = place.get("parameter") or f"body {place.get('pointer')}"
    return Problem(INVALID, f"{where}: {detail}", errors=[{"detail": detail, **place}])
