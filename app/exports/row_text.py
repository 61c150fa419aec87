"""Rows of an export as text, rendered by PostgreSQL: CSV or JSON lines."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, case, cast, func, literal

from app.segments.customer_columns import CustomerColumn, columns_of
from app.segments.tables import segment_summary

FORMULA: Final = "^('|[ \u00a0\u3000]*[-=+@\t\r\n\uff0d\uff1d\uff0b\uff20])"
"""Pattern of texts that a spreadsheet may evaluate as a formula, and of texts that begin like an escaped formula."""
NEEDS_NO_QUOTES: Final = "^[A-Za-z0-9][A-Za-z0-9 ._/-]*$"
Part = str | ColumnElement[Any]
SqlExpression = ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Notation:
    """Notation of a row.

    Attributes:
        start: text before the first cell.
        separator: text between two cells.
        end: text after the last cell.
        cell: renders a column's value.
    """

    start: str
    separator: str
    end: str
    cell: Callable[[CustomerColumn, SqlExpression], tuple[Part, ...]]

    def segment_cells(self, scheme: str, currency: str | None) -> ColumnElement[str]:
        """Render the cells common to all customers of a segment, from segments.segment_summary."""
        s = segment_summary.c
        values = {
            "currency": literal(currency, Text),
            "scheme": literal(scheme, Text),
            "segment": s.segment,
            "slug": s.slug,
            "tier": s.tier,
        }
        return _concatenated(self._cells((column, values[column.name]) for column in columns_of(scheme, "segment")))

    def row(self, c: Any, segment_cells: ColumnElement[str], scheme: str) -> ColumnElement[str]:
        """Render a row of a scheme from its columns `c` and the cells of its segment."""
        customer = self._cells((column, c[column.name]) for column in columns_of(scheme, "customer"))
        assignment = self._cells((column, c[column.name]) for column in columns_of(scheme, "assignment"))
        between = self.separator
        return _concatenated([self.start, *customer, between, segment_cells, between, *assignment, self.end])

    def _cells(self, cells: Iterable[tuple[CustomerColumn, SqlExpression]]) -> list[Part]:
        return [part for column, value in cells for part in (self.separator, *self.cell(column, value))][1:]


def _concatenated(parts: list[Part]) -> ColumnElement[str]:
    texts: list[ColumnElement[str]] = []
    for is_constant, run in groupby(parts, key=lambda part: isinstance(part, str)):
        neighbours = list(run)
        constant = literal("".join(map(str, neighbours)), Text)
        texts += [constant] if is_constant else [cast(part, Text) for part in neighbours]
    return _balanced(texts)


def _balanced(texts: list[ColumnElement[str]]) -> ColumnElement[str]:
    # Concatenated as a balanced tree, because a chain copies the text once per part; concat() is 20 % slower.
    if len(texts) == 1:
        return texts[0]
    middle = len(texts) // 2
    joined: ColumnElement[str] = func.textcat(_balanced(texts[:middle]), _balanced(texts[middle:]), type_=Text)
    return joined


def json_cell(column: CustomerColumn, value: SqlExpression) -> tuple[Part, ...]:
    """Render a member of a JSON object; dates and amounts are strings."""
    if column.is_nullable and column.type != "text":
        written = value if column.type == "number" else literal('"', Text).concat(cast(value, Text)).concat('"')
        return f'"{column.name}":', func.coalesce(cast(written, Text), literal("null", Text))
    if column.type == "text":
        return f'"{column.name}":', func.coalesce(cast(func.to_json(value), Text), literal("null", Text))
    if column.type in {"integer", "smallint"}:
        return f'"{column.name}":', value
    return f'"{column.name}":"', value, '"'


def csv_cell(column: CustomerColumn, value: SqlExpression) -> tuple[Part, ...]:
    """Render a cell by RFC 4180: null is empty, an empty text is two quotes."""
    return (_quoted(value, value) if column.type == "text" else _plain(column, value),)


def safe_csv_cell(column: CustomerColumn, value: SqlExpression) -> tuple[Part, ...]:
    """Render a cell by RFC 4180, with an apostrophe before texts that a spreadsheet would evaluate as a formula."""
    if column.type != "text":
        return (_plain(column, value),)
    escaped = case((value.regexp_match(FORMULA), literal("'", Text).concat(value)), else_=value)
    return (_quoted(value, escaped),)


def _plain(column: CustomerColumn, value: SqlExpression) -> SqlExpression:
    return func.coalesce(cast(value, Text), literal("", Text)) if column.is_nullable else value


def _quoted(value: SqlExpression, escaped: SqlExpression) -> SqlExpression:
    quote = literal('"', Text)
    quoted = quote.concat(func.replace(escaped, '"', '""', type_=Text)).concat(quote)
    return case((value.regexp_match(NEEDS_NO_QUOTES), value), (value.is_(None), literal("", Text)), else_=quoted)


def escape_formula(value: str) -> str:
    """Escape a text for a cell of a safe CSV file."""
    return f"'{value}" if re.match(FORMULA, value) else value


def unescape_formula(cell: str) -> str:
    """Return the text of an escaped cell; the inverse of `escape_formula`."""
    return cell.removeprefix("'")


NDJSON: Final = Notation("{", ",", "}\n", json_cell)
SAFE_CSV: Final = Notation("", ",", "\r\n", safe_csv_cell)
PLAIN_CSV: Final = Notation("", ",", "\n", csv_cell)
