"""The lines of an export, written by PostgreSQL."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, case, cast, func, literal

from app.segments.customer_columns import CUSTOMER_COLUMNS
from app.segments.tables import segment_summary

FIELDS: Final = tuple(column.name for column in CUSTOMER_COLUMNS)
OF_SEGMENT: Final = tuple(column.name for column in CUSTOMER_COLUMNS if column.is_of_segment)
BEFORE: Final = FIELDS[: FIELDS.index(OF_SEGMENT[0])]
AFTER: Final = FIELDS[FIELDS.index(OF_SEGMENT[-1]) + 1 :]
TEXTS: Final = frozenset(column.name for column in CUSTOMER_COLUMNS if column.type == "text")
NUMBERS: Final = frozenset(column.name for column in CUSTOMER_COLUMNS if column.type in {"smallint", "integer"})

GUARDED: Final = "^('|[ \u00a0\u3000]*[-=+@\t\r\n\uff0d\uff1d\uff0b\uff20])"
"""Texts that a spreadsheet may take for a formula, and those that begin as guarded ones do."""
PLAIN: Final = "^[A-Za-z0-9][A-Za-z0-9 ._/-]*$"
Part = str | ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Notation:
    """How a line is written: around it, between its cells, and each cell."""

    start: str
    between: str
    end: str
    cell: Callable[[str, ColumnElement[Any]], tuple[Part, ...]]

    def words(self, scheme: str, currency: str) -> ColumnElement[str]:
        """The cells that all customers of a segment share, from its row of the summary."""
        s = segment_summary.c
        values = (literal(currency, Text), literal(scheme, Text), s.segment, s.slug, s.tier)
        return _joined(self._cells(zip(OF_SEGMENT, values, strict=True)))

    def line(self, c: Any, words: ColumnElement[str]) -> ColumnElement[str]:
        """The line of a row."""
        before = self._cells((name, c[name]) for name in BEFORE)
        after = self._cells((name, c[name]) for name in AFTER)
        return _joined([self.start, *before, self.between, words, self.between, *after, self.end])

    def _cells(self, cells: Iterable[tuple[str, ColumnElement[Any]]]) -> list[Part]:
        return [part for name, value in cells for part in (self.between, *self.cell(name, value))][1:]


def _joined(parts: list[Part]) -> ColumnElement[str]:
    texts: list[ColumnElement[str]] = []
    for is_constant, run in groupby(parts, key=lambda part: isinstance(part, str)):
        neighbours = list(run)
        constant = literal("".join(map(str, neighbours)), Text)
        texts += [constant] if is_constant else [cast(part, Text) for part in neighbours]
    return _in_halves(texts)


def _in_halves(texts: list[ColumnElement[str]]) -> ColumnElement[str]:
    # One after the other would copy the beginning of the line with each part; concat() is slower by a fifth.
    if len(texts) == 1:
        return texts[0]
    middle = len(texts) // 2
    joined: ColumnElement[str] = func.textcat(_in_halves(texts[:middle]), _in_halves(texts[middle:]), type_=Text)
    return joined


def json_cell(name: str, value: ColumnElement[Any]) -> tuple[Part, ...]:
    """A member of a JSON object."""
    if name in TEXTS:
        return f'"{name}":', func.coalesce(cast(func.to_json(value), Text), literal("null", Text))
    return (f'"{name}":', value) if name in NUMBERS else (f'"{name}":"', value, '"')


def csv_cell(name: str, value: ColumnElement[Any]) -> tuple[Part, ...]:
    """A cell as RFC 4180 has it: null is empty, an empty text is two quotes."""
    return (_quoted(value, value) if name in TEXTS else value,)


def safe_csv_cell(name: str, value: ColumnElement[Any]) -> tuple[Part, ...]:
    """The same, and what a spreadsheet would take for a formula has an apostrophe before it."""
    if name not in TEXTS:
        return (value,)
    shown = case((value.regexp_match(GUARDED), literal("'", Text).concat(value)), else_=value)
    return (_quoted(value, shown),)


def _quoted(value: ColumnElement[Any], shown: ColumnElement[Any]) -> ColumnElement[Any]:
    quote = literal('"', Text)
    quoted = quote.concat(func.replace(shown, '"', '""', type_=Text)).concat(quote)
    return case((value.regexp_match(PLAIN), value), (value.is_(None), literal("", Text)), else_=quoted)


def guarded(value: str) -> str:
    """A text as it stands in a safe CSV."""
    return f"'{value}" if re.match(GUARDED, value) else value


def unguarded(shown: str) -> str:
    """The text that stands so in a safe CSV: no two stand in the same way."""
    return shown.removeprefix("'")


NDJSON: Final = Notation("{", ",", "}\n", json_cell)
SAFE_CSV: Final = Notation("", ",", "\r\n", safe_csv_cell)
PLAIN_CSV: Final = Notation("", ",", "\n", csv_cell)
