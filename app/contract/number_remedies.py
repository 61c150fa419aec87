"""Remedies of numbers that cannot be read: the keys of the server under which all of them could be."""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.contract.model import Column, Dialect
from app.contract.number_signs import with_leading_minus

GROUPED: Final = re.compile(
    r"[0-9]{1,3}(?P<group>[.,' \u00a0\u202f\u2019])[0-9]{3}(?P<more>(?P=group)[0-9]{3})*"
    r"((?!(?P=group))(?P<point>[.,])[0-9]*)?"
)
UNGROUPED: Final = re.compile(r"[0-9]*((?P<point>[.,])[0-9]*)?")
FIRST_MARK: Final = re.compile(r"[^-+0-9.,'\s\u2019()]+(?=.*[0-9])")
LAST_MARK: Final = re.compile(r"(?<=[0-9\s.,])[^-+0-9.,'\s\u2019()]+$")
LONGEST_MARK: Final = 5
SPACES: Final = " \u00a0\u202f"
MISREAD_MARKS: Final = {"z³": "zł", "Z³": "Zł", "Kè": "Kč", "kè": "kč"}
"""Currency marks of Windows-1250 as they read in Windows-1252."""


@dataclass(slots=True)
class _Needed:
    """Marks of the values: certain ones, and those of values such as `1,234`, which have two readings."""

    currency_marks: dict[str, None] = field(default_factory=dict)
    decimals: set[str] = field(default_factory=set)
    thousands: set[str] = field(default_factory=set)
    ambiguous: set[str] = field(default_factory=set)

    def add(self, bare: str) -> None:
        """Add the marks of a number without its sign and currency."""
        if grouped := GROUPED.fullmatch(bare):
            mark = " " if grouped["group"] in SPACES else grouped["group"]
            is_certain = grouped["more"] or grouped["point"] or mark not in ".,"
            (self.thousands if is_certain else self.ambiguous).add(mark)
            self.decimals.update(grouped["point"] or "")
        elif number := UNGROUPED.fullmatch(bare):
            self.decimals.update(number["point"] or "")


def of_numbers(column: Column, values: Sequence[str], dialect: Dialect) -> Iterator[str]:
    """Yield the remedy of values of a numeric column; nothing if no key reads them."""
    needed, numbers = _Needed(), []
    for value in values:
        bare, marks = _without_marks(with_leading_minus(value), dialect.currency_marks)
        if UNGROUPED.fullmatch(bare) or GROUPED.fullmatch(bare):
            needed.currency_marks.update(dict.fromkeys(marks))
            needed.add(bare)
            numbers.append(bare)
    keys = _keys(needed, dialect)
    if keys:
        yield f"declare {', '.join(keys[:-1])}{' and ' if keys[1:] else ''}{keys[-1]} of the server"
    elif numbers and not dialect.currency_marks and any(value.startswith("(") for value in values):
        yield 'declare `currencyMarks: ["£"]` of the server, with which parentheses are a minus'
    elif numbers and needed.decimals <= {dialect.decimal}:
        yield from _of_plain(column, numbers, dialect)


def _without_marks(value: str, declared: Sequence[str]) -> tuple[str, list[str]]:
    text, found = _unsigned(value), []
    for mark in sorted(declared, key=len, reverse=True):
        text = _unsigned(text.removeprefix(mark).removesuffix(mark))
    for pattern in (FIRST_MARK, LAST_MARK):
        other = pattern.match(text) if pattern is FIRST_MARK else pattern.search(text)
        if other and len(other[0]) <= LONGEST_MARK and (other[0] in MISREAD_MARKS or all(map(_may_mark, other[0]))):
            found.append(other[0])
            text = _unsigned(text[: other.start()] + text[other.end() :])
    return text, found


def _unsigned(text: str) -> str:
    return text.strip().removeprefix("(").removesuffix(")").strip().lstrip("+-").strip()


def _may_mark(character: str) -> bool:
    return character.isalpha() or unicodedata.category(character) == "Sc"


def _keys(needed: _Needed, dialect: Dialect) -> list[str]:
    """Return the keys to declare; none if the values contradict each other, or are read already."""
    own_thousands = " " if dialect.thousands and dialect.thousands in SPACES else dialect.thousands
    thousands = needed.thousands | (needed.ambiguous - needed.decimals - {dialect.decimal})
    if len(needed.decimals) > 1 or len(thousands) > 1 or needed.decimals & thousands:
        return []
    group = next(iter(thousands), own_thousands)
    point = next(iter(needed.decimals), dialect.decimal)
    if point == group and thousands:
        point = "," if group == "." else "."
    keys = []
    if needed.currency_marks:
        if any(mark in MISREAD_MARKS for mark in needed.currency_marks):
            keys.append("`encoding: windows-1250`")
        found = (MISREAD_MARKS.get(mark, mark) for mark in needed.currency_marks)
        marks = dict.fromkeys((*dialect.currency_marks, *found))
        keys.append(f"`currencyMarks: [{', '.join(map(quoted, marks))}]`")
    if point != dialect.decimal:
        keys.append(f"`decimal: {quoted(point)}`")
    if group != own_thousands:
        keys.append(f"`thousands: {'space' if group == ' ' else quoted(group)}`")
    elif group and group == point:
        keys.append("no `thousands`")
    return keys


def _of_plain(column: Column, numbers: Sequence[str], dialect: Dialect) -> Iterator[str]:
    if column.type == "integer" and any(dialect.decimal in number for number in numbers):
        yield f"declare `logicalType: number` for {column.name}"
    elif limits := [name for name, value in _limits(column) if value is not None]:
        yield f"change `{'` or `'.join(limits)}` of {column.name}"


def _limits(column: Column) -> Iterator[tuple[str, str | None]]:
    yield from (("minimum", column.minimum), ("exclusiveMinimum", column.exclusive_minimum))
    yield from (("maximum", column.maximum), ("exclusiveMaximum", column.exclusive_maximum))


def quoted(text: str) -> str:
    """Return a text as a quoted scalar of YAML."""
    return json.dumps(text, ensure_ascii=False)
