"""Declared columns of a contract in the names of a header."""

from collections.abc import Iterable

from app.contract.header_names import header_key
from app.contract.model import ALWAYS_NEEDED, Column, Contract


def declared_columns(contract: Contract) -> dict[str, Column]:
    """Return the declared columns by their names in headers, as these are compared."""
    return {header_key(name): column for column in contract.columns for name in column.header_names}


def is_needed(column: Column) -> bool:
    """Return whether a file without the column is rejected: it is required, or identifies the customer."""
    return column.is_required or column.name in ALWAYS_NEEDED


def holds_all_columns(names: Iterable[str], contract: Contract) -> bool:
    """Return whether a line has the names of all needed columns."""
    found = _found(names, contract)
    return all(column.name in found for column in contract.columns if is_needed(column))


def count_columns(names: Iterable[str], contract: Contract) -> int:
    """Return how many of the declared columns a line has."""
    return len(_found(names, contract))


def _found(names: Iterable[str], contract: Contract) -> set[str]:
    declared = declared_columns(contract)
    return {column.name for name in names if (column := declared.get(header_key(name)))}
