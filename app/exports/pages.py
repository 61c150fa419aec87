"""Compiled statements for the pages of an export: compiled once, executed by the driver for each page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from sqlalchemy import Dialect, Select

from app.exports.query import ExportStatements

BoundStatement = tuple[bytes, dict[str, Any]]
EXECUTE_OPTIONS: Final = {"prepare": True, "binary": True}
"""Options of the driver's `execute` for these statements."""


@dataclass(frozen=True, slots=True)
class CompiledStatement:
    """Statement and parameters in the driver's form.

    Attributes:
        sql: text with the driver's placeholders.
        values: parameters that are the same for every page.
    """

    sql: bytes
    values: Mapping[str, Any]

    @classmethod
    def compile(cls, statement: Select[Any], dialect: Dialect, values: Mapping[str, Any]) -> Self:
        """Compile a statement with the values common to all pages."""
        compiled = statement.compile(dialect=dialect)
        defaults = {"after": "", "afters": [], "untils": []}
        return cls(compiled.string.encode(), compiled.construct_params({**defaults, **values}))

    def bind(self, **values: Any) -> BoundStatement:
        """Return statement and parameters of a page."""
        return self.sql, {**self.values, **values}


@dataclass(frozen=True, slots=True)
class CompiledPages:
    """Statements of the pages of an export.

    Attributes:
        ids: selects the ids of a page.
        rows: selects the rows of a page.
        part_customers: customers of a part of a page.
    """

    ids: CompiledStatement
    rows: CompiledStatement
    part_customers: int

    @classmethod
    def compile(
        cls,
        statements: ExportStatements,
        segment_cells: Mapping[str, str],
        dialect: Dialect,
        values: Mapping[str, Any],
        last: str | None = None,
    ) -> Self:
        """Compile the statements of an export that ends at the id `last`, or at its end."""
        selects = (statements.page_ids(last), statements.page_rows(segment_cells))
        ids, rows = (CompiledStatement.compile(each, dialect, values) for each in selects)
        return cls(ids, rows, statements.sizes.part_customers)

    def ids_after(self, after: str) -> BoundStatement:
        """Return the statement that selects the ids of the page after an id."""
        return self.ids.bind(after=after)

    def rows_of(self, after: str, ids: Sequence[str]) -> BoundStatement:
        """Return the statement that selects the rows of a page of these ids, the first one after `after`."""
        size = self.part_customers
        untils = [*ids[size - 1 : -1 : size], ids[-1]]
        return self.rows.bind(afters=[after, *untils[:-1]], untils=untils)
