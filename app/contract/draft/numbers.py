"""Marks in the texts of numbers: decimal, thousands, currency."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.contract.number_signs import with_leading_minus

NUMBER: Final = re.compile(
    r"([-+(]?)\s*([^-+0-9.,'\u2019()\s]*)\s*([-+]?)"
    r"([0-9][0-9.,'\u2019 \u00a0\u202f]*|[.,][0-9]+)\s*([^-+0-9.,'\u2019()\s]*)\s*\)?"
)
NEGATIVE: Final = re.compile(r"[(]|[^0-9]*-")
SEPARATOR: Final = re.compile(r"[^0-9]")
THOUSANDS: Final = 3


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How numbers are written.

    Attributes:
        currency_marks: marks before or behind numbers.
        ambiguous: a number whose only mark could be the decimal mark or the thousands separator, if no other number
            excludes one of them; None otherwise.
        conflict: two numbers with different decimal marks; None otherwise.
        unread: texts that are not numbers.
    """

    decimal: str
    thousands: str
    currency_marks: tuple[str, ...]
    ambiguous: str | None
    conflict: tuple[str, str] | None
    unread: tuple[str, ...]


def number_style(texts: Iterable[str]) -> NumberStyle:
    """Return how these numbers are written."""
    decimals, thousands, unclear = dict[str, str](), Counter[str](), dict[str, str]()
    marks, unread = Counter[str](), list[str]()
    for text in texts:
        found = NUMBER.fullmatch(with_leading_minus(text))
        if found is None:
            unread.append(text)
            continue
        marks.update(mark for mark in (found[2], found[5]) if mark)
        _count(found[4].strip(), decimals, thousands, unclear)
    decimal = _decimal(decimals, thousands)
    for mark in unclear:
        if mark != decimal:
            thousands[mark] += 1
    grouping = next((mark for mark, _ in thousands.most_common() if mark != decimal), "")
    is_unclear = not decimals and bool(unclear)
    return NumberStyle(
        decimal=decimal,
        thousands=grouping,
        currency_marks=tuple(sorted(marks)),
        ambiguous=next(iter(unclear.values())) if is_unclear else None,
        conflict=(decimals["."], decimals[","]) if len(decimals) > 1 else None,
        unread=tuple(unread),
    )


def decimal_mark(text: str) -> str:
    """Return the decimal mark of a number if it can only be that; empty otherwise."""
    found = NUMBER.fullmatch(with_leading_minus(text))
    decimals = dict[str, str]()
    if found is not None:
        _count(found[4].strip(), decimals, Counter(), {})
    return next(iter(decimals), "")


def is_whole(text: str, style: NumberStyle) -> bool:
    """Return whether a number has no fraction but zeros."""
    found = NUMBER.fullmatch(with_leading_minus(text))
    fraction = found[4].partition(style.decimal)[2] if found else ""
    return not fraction.strip().strip("0")


def to_number(text: str, style: NumberStyle) -> Decimal | None:
    """Return the number of a text; None if it is none."""
    found = NUMBER.fullmatch(with_leading_minus(text))
    if found is None:
        return None
    whole, _, fraction = found[4].partition(style.decimal)
    digits = (SEPARATOR.sub("", part) for part in (whole, fraction))
    number = Decimal("{}.{}".format(*digits))
    return -number if is_negative(text) else number


def is_negative(text: str) -> bool:
    """Return whether the text of a number has a minus, before or behind it, or parentheses."""
    return NEGATIVE.match(with_leading_minus(text)) is not None


def _count(core: str, decimals: dict[str, str], thousands: Counter[str], unclear: dict[str, str]) -> None:
    separators = SEPARATOR.findall(core)
    points = [mark for mark in separators if mark in ".,"]
    thousands.update(mark for mark in separators if mark not in ".,")
    if not points:
        return
    last = points[-1]
    if len(set(points)) > 1:
        decimals.setdefault(last, core)
        thousands.update(mark for mark in points if mark != last)
    elif len(points) > 1:
        thousands[last] += 1
    elif _is_decimal(core, last) or len(separators) > 1:
        decimals.setdefault(last, core)
    else:
        unclear.setdefault(last, core)


def _is_decimal(core: str, mark: str) -> bool:
    whole, _, fraction = core.partition(mark)
    return len(fraction) != THOUSANDS or not 1 <= len(whole) <= THOUSANDS or whole.startswith("0")


def _decimal(decimals: dict[str, str], thousands: Counter[str]) -> str:
    if decimals:
        return "," if "," in decimals and "." not in decimals else "."
    return "," if thousands["."] and not thousands[","] else "."
