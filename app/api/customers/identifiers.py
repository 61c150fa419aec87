"""Customers by other identifiers of the data contract: e-mail addresses, loyalty cards."""

from collections.abc import Iterable, Mapping, Sequence

from fastapi import Request
from sqlalchemy import ColumnElement, and_

from app.api.core.dependencies import Reader
from app.api.core.openapi import MAX_IDENTIFIER_VALUES
from app.api.core.problems import INVALID, Problem, quoted
from app.api.customers.problems import UNKNOWN_IDENTIFIER
from app.contract.model import Column
from app.contract.normalise import normalise_id
from app.db.param_types import storable
from app.gold.identifiers import customers_with, owners


def requested_identifiers(reader: Reader, request: Request, parameters: Iterable[str]) -> dict[str, list[str]]:
    """Return the values of identifiers in a query string: the parameters that the operation does not have.

    Raises Problem for an undeclared name, an empty value, or too many values.
    """
    given = request.query_params
    found = {name: given.getlist(name) for name in given if name not in parameters}
    for name, values in found.items():
        identifier(reader, name, parameter=name)
        if not all(values):
            raise _invalid("the value is empty", parameter=name)
        if len(values) > MAX_IDENTIFIER_VALUES:
            raise _invalid(f"give at most {MAX_IDENTIFIER_VALUES} values", parameter=name)
    return found


def identifier(reader: Reader, name: str, **place: str) -> Column:
    """Return the column of an identifier; raises Problem for a name that the contract does not declare as one."""
    declared = {column.name: column for column in reader.contract.identifiers}
    if name not in declared:
        known = f"it declares {', '.join(declared)}" if declared else "it declares none"
        detail = f"{quoted(name)} is not an identifier of the data contract; {known}"
        raise Problem(UNKNOWN_IDENTIFIER, detail, errors=[{"detail": detail, **place}])
    return declared[name]


def have(
    reader: Reader, identifiers: Mapping[str, Sequence[str]], customer_id: ColumnElement[str]
) -> ColumnElement[bool]:
    """Return the condition that a customer has, of every identifier, one of these values."""
    columns = {name: identifier(reader, name, parameter=name) for name in identifiers}
    read = {name: list(_read(columns[name], values).values()) for name, values in identifiers.items()}
    return and_(*(customer_id.in_(customers_with(name, [each for each in read[name] if each])) for name in identifiers))


async def find_owners(reader: Reader, column: Column, values: Iterable[str]) -> dict[str, str | None]:
    """Return the customer of the latest sale with each value; None for one that no customer has."""
    read = _read(column, values)
    rows = await reader.rows(owners(column.name, list({each for each in read.values() if each is not None})))
    found = {row.value: row.customer_id for row in rows}
    return {value: found.get(each) for value, each in read.items()}


def _read(column: Column, values: Iterable[str]) -> dict[str, str | None]:
    return {value: normalise_id(column, storable(value)) for value in values}


def _invalid(detail: str, **place: str) -> Problem:
    return Problem(INVALID, f"{place['parameter']}: {detail}", errors=[{"detail": detail, **place}])
