"""Spelling of the ids of customers: case, zeros, decimals, placeholders."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.contract.placeholder_words import PLACEHOLDER_WORDS
from app.contract.remedies import FORMULA_ERROR, NULL_WORDS, SCIENTIFIC
from app.plurals import agreeing

LARGE_SHARE: Final = 0.1
MIN_IDS: Final = 10
DECIMAL: Final = re.compile(r"[0-9]+[.]0+")
PADDED: Final = re.compile(r"0+[0-9]+")
SHARE_OF_EMAILS: Final = 0.9


@dataclass(frozen=True, slots=True)
class IdSpelling:
    """How ids are to be read.

    Attributes:
        null_words: values read as null, as written in the files.
        placeholders: ids that are placeholders, as written in the files.
        notes: observations; checks: decisions for a person.
    """

    case: str
    strip_decimal: bool
    strip_leading_zeros: bool
    null_words: tuple[str, ...]
    placeholders: tuple[str, ...]
    notes: tuple[str, ...]
    checks: tuple[str, ...]


def id_spelling(orders: Mapping[str, int]) -> IdSpelling:
    """Return how ids are to be read, by the numbers of their orders."""
    words = tuple(sorted(one for one in orders if one.lower() in NULL_WORDS))
    ids = {one: number for one, number in orders.items() if one not in words}
    zeros, cases, decimals = _zeros(ids), _cases(ids), [one for one in ids if DECIMAL.fullmatch(one)]
    is_email = sum("@" in one for one in ids) > SHARE_OF_EMAILS * len(ids) if ids else False
    padded = {one.lstrip("0") or "0" for one in ids if PADDED.fullmatch(one)}
    placeholders = tuple(sorted(one for one in ids if one.lower() in PLACEHOLDER_WORDS and one not in padded))
    notes, checks = [], []
    if decimals:
        found = agreeing(len(decimals), "id", "ends", "end")
        notes.append(f"{found} in .0, such as {decimals[0]}, as spreadsheets write numbers.")
    if zeros:
        found = agreeing(len(zeros), "id", "is", "are")
        checks.append(f"{found} written with and without leading zeros, such as {_pair(zeros[0])}; "
                      "remove stripLeadingZeros if they are different customers.")  # fmt: skip
    if cases:
        found = agreeing(len(cases), "id", "differs", "differ")
        checks.append(f"{found} only in case, such as {_pair(cases[0])}; "
                      "write case: keep if they are different customers.")  # fmt: skip
    if placeholders:
        checks.append(f"{', '.join(map(repr, placeholders))}: treated as placeholders; "
                      "remove the ids of customers from placeholders.")  # fmt: skip
    checks.extend(_large(ids, placeholders))
    checks.extend(_scientific(ids))
    checks.extend(_errors(orders, words))
    return IdSpelling(
        case="lower" if cases or is_email else "keep",
        strip_decimal=bool(decimals),
        strip_leading_zeros=bool(zeros),
        null_words=words,
        placeholders=placeholders,
        notes=tuple(notes),
        checks=tuple(checks),
    )


def _zeros(ids: Mapping[str, int]) -> list[tuple[str, ...]]:
    found = defaultdict[str, set[str]](set)
    for one in ids:
        if re.fullmatch("[0-9]+", one):
            found[one.lstrip("0")].add(one)
    return [tuple(sorted(group)) for group in found.values() if len(group) > 1]


def _cases(ids: Mapping[str, int]) -> list[tuple[str, ...]]:
    found = defaultdict[str, set[str]](set)
    for one in ids:
        found[one.lower()].add(one)
    return [tuple(sorted(group)) for group in found.values() if len(group) > 1]


def _pair(group: tuple[str, ...]) -> str:
    return f"{group[0]!r} and {group[1]!r}"


def _large(ids: Mapping[str, int], placeholders: tuple[str, ...]) -> Iterator[str]:
    total = sum(ids.values())
    if len(ids) < MIN_IDS:
        return
    for one, number in ids.items():
        if one not in placeholders and number > LARGE_SHARE * total:
            yield (
                f"customer {one!r} has {number:,} of {total:,} orders; add it to placeholders if it is not "
                "one customer."
            )


def _scientific(ids: Mapping[str, int]) -> Iterator[str]:
    cut = [one for one in ids if SCIENTIFIC.fullmatch(one)]
    if cut:
        yield (
            f"{len(cut):,} ids such as {cut[0]} were changed to scientific notation by a spreadsheet and are not ids; "
            "export them as text."
        )


def _errors(orders: Mapping[str, int], words: tuple[str, ...]) -> Iterator[str]:
    errors = sorted(one for one in orders if FORMULA_ERROR.fullmatch(one))
    if errors:
        without = "; remove it from nullWords if such rows are not sales without a customer" if words else ""
        yield f"{', '.join(errors)} in place of ids are errors of formulas: correct them{without}."
